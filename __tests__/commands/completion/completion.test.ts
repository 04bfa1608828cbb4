import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completion } from "../../../commands/completion/completion";
import { program } from "../../../commands/wbot";

const PROJECT = join(__dirname, "..", "..", "..");
const script = completion(program(), "bash");

/** What a real bash offers for a line that ends at its last word. */
function offered(words: readonly string[], { cwd = PROJECT, before = "" } = {}): string[] {
  const { stdout, stderr } = spawnSync(
    "bash",
    [
      "--norc",
      "-c",
      `${before}\n${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wbot_npm; echo "\${COMPREPLY[*]}"`,
      "bash",
      ...words,
    ],
    { cwd, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  return stdout
    .trim()
    .split(" ")
    .filter((word) => word !== "");
}

it.each([
  [["npm", "run", "se"], ["secrets"]],
  [["npm", "run", "ca"], ["capacity"]],
  [
    ["npm", "run", "capacity", "--", "-"],
    ["--env", "--json", "--help"],
  ],
  [["npm", "run", "secrets", ""], ["--"]],
  [
    ["npm", "run", "secrets", "--", ""],
    ["status", "push", "edit", "rotate-redis", "--help"],
  ],
  [["npm", "run", "secrets", "--", "push", "--f"], ["--force"]],
  [
    ["npm", "run", "deploy", "--", "--env", ""],
    ["dev", "staging", "prod", "rehearsal"],
  ],
  [
    ["npm", "run", "-s", "env", "--", "diff", "p"],
    ["prod", "prod"],
  ],
  [["npm", "install", ""], []],
])("completes %j", (words, candidates) => {
  expect(offered(words)).toEqual(candidates);
});

it("leaves other projects, and what npm completed before, alone", () => {
  const cwd = mkdtempSync(join(tmpdir(), "wbot-completion-"));
  try {
    writeFileSync(join(cwd, "package.json"), '{ "name": "another" }');
    const before = "_npm_own() { COMPREPLY=(theirs); }; complete -F _npm_own npm";
    expect(offered(["npm", "run", ""], { cwd })).toEqual([]);
    expect(offered(["npm", "run", ""], { cwd, before })).toEqual(["theirs"]);
    expect(offered(["npm", "install", ""], { before })).toEqual(["theirs"]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

it.each(["zsh", "fish"] as const)("has the same candidates for %s", (shell) => {
  const text = completion(program(), shell);
  expect(text).toContain("status push edit rotate-redis --help");
  expect(text).toContain("dev staging prod rehearsal");
});
