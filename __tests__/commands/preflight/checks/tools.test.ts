import { node } from "../../../../commands/preflight/checks/tools";

test.each(["20.19.0", "22.23.3", "24.21.0", "26.10.0"])("Node.js %s will do", (version) => {
  expect(node(version)).toMatchObject({ status: "pass" });
});

test.each(["18.20.8", "20.9.0"])("Node.js %s is refused, with what to install", (version) => {
  expect(node(version)).toMatchObject({
    status: "fail",
    why: `Node.js ${version} is too old: the project needs 20.19 or newer`,
    fix: "Install Node.js 24 (LTS): https://nodejs.org",
  });
});
