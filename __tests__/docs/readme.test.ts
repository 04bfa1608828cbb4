import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn } from "./command-lines";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "README.md"), "utf8");

it("leads to every document", () => {
  const way = page.slice(page.indexOf("## Find your way"));
  const documents = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md"));
  expect(documents.length).toBeGreaterThan(15);
  expect(documents.filter((file) => !way.includes(file))).toEqual([]);
});

it("names no remote that gh takes before origin: its commands would reach this project's repository", () => {
  const folders = ["docs", "docs/runbooks", "docs/decisions"];
  const pages = [".", ...folders].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => readFileSync(join(ROOT, folder, file), "utf8")),
  );
  const words = pages.flatMap(commandsIn).filter(([program]) => program === "git");
  const remotes = words.flatMap(([, command, ...rest]) => {
    if (command === "clone") return rest[rest.indexOf("--origin") + 1] ?? [];
    if (command === "remote") return rest[1] ?? [];
    return command === "fetch" ? (rest[0] ?? []) : [];
  });
  expect([...new Set(remotes)].sort()).toEqual(["origin", "project"]);
});
