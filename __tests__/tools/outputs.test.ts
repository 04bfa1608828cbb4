import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyProject, normalize } from "../../tools/outputs";
import { unchanged } from "../../tools/unchanged";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-outputs-"));
});

function normalized(project: string, files: Readonly<Record<string, string>>): Record<string, unknown> {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  normalize(folder, project);
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
const stack = (version: string, chart: string, list = "[]") =>
  `{"//":{"metadata":{"stackName":"infra","version":"${version}"}},"resource":{"helm_release":{"x":{"version":"${chart}","l":${list}}}}}`;

it("removes cdktf's version, white space, the project's own folder and checksums", () => {
  const one = normalized("/home/one", {
    "cdk.tf.json": stack("0.21.0", "1", "[\n]"),
    "manifest.json": '{"version":"0.21.0","state":"/home/one/a.tfstate"}',
    "cdk.tf.json.sha256": "one",
    "code.zip": "zip",
  });
  const other = normalized("/home/other", {
    "cdk.tf.json": stack("0.24.0", "1"),
    "manifest.json": '{"version":"0.24.0","state":"/home/other/a.tfstate"}',
  });
  expect(Object.keys(one)).toEqual(["cdk.tf.json", "code.zip", "manifest.json"]);
  expect(other).toEqual(one);
});

it("keeps a resource's own version", () => {
  const one = normalized("/", { "cdk.tf.json": stack("1", "1") });
  expect(normalized("/", { "cdk.tf.json": stack("1", "2") })).not.toEqual(one);
});

it("says what it can't compare with", async () => {
  await expect(unchanged("no-such-commit")).rejects.toThrow(/^git read-tree no-such-commit failed: fatal: /);
  const empty = execFileSync("git", ["hash-object", "-t", "tree", "/dev/null"], { encoding: "utf8" }).trim();
  await expect(unchanged(empty)).rejects.toThrow(`Nothing was compared: ${empty} has no `);
});

it("copies a commit's files, and this checkout's without staging them", () => {
  const staged = () => execFileSync("git", ["diff", "--cached", "--name-only"], { encoding: "utf8" });
  const before = staged();
  const now = copyProject(join(folder, "now"));
  const commit = copyProject(join(folder, "commit"), "HEAD");
  expect(readFileSync(join(now, "tools", "outputs.ts"), "utf8")).toBe(
    readFileSync("tools/outputs.ts", "utf8"),
  );
  expect(existsSync(join(now, "node_modules"))).toBe(false);
  expect(existsSync(join(commit, "tools", "outputs.ts"))).toBe(true);
  expect(staged()).toBe(before);
});

it("copies the project alone of a repository in which it is a subfolder", async () => {
  const repository = join(folder, "product");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=product", "-c", "user.email=p@example.com", ...args], {
      cwd: repository,
    });
  mkdirSync(join(repository, "infra"), { recursive: true });
  git("init", "--quiet");
  writeFileSync(join(repository, "package.json"), "{}");
  git("add", ".");
  git("commit", "--quiet", "--message", "before");
  writeFileSync(join(repository, "infra", "cdktf.json"), "{}");
  jest.doMock("../../project", () => ({ PROJECT: join(repository, "infra") }));
  await jest.isolateModulesAsync(async () => {
    const { copyProject: copied } = await import("../../tools/outputs");
    const copy = join(folder, "copy");
    expect(copied(copy)).toBe(join(copy, "infra"));
    expect(readdirSync(copy, { recursive: true })).toEqual(["infra", join("infra", "cdktf.json")]);
    expect(() => copied(join(folder, "before"), "HEAD")).toThrow(
      "Nothing was compared: HEAD has no infra/cdktf.json in its repository.",
    );
  });
});
