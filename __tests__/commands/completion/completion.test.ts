import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printCandidates, printScript, type Shell } from "../../../commands/completion/completion";
import { program } from "../../../commands/wbot";
import { argument } from "../../../stacks/command-lines";
import { IN_USE } from "../../in-use";

const ENVIRONMENTS = ["dev", "staging", "prod", "rehearsal", "prod-west", "rehearsal-west"];
/** Those of a program outside Jest. */
const OWN = Object.keys(IN_USE);
const alike = OWN.filter((name) => name.startsWith(OWN[0] ?? ""));
const PROJECT = join(__dirname, "..", "..", "..");
const PROGRAM = argument(join(PROJECT, "bin", "wbot.js"));

const printed = jest.spyOn(console, "log").mockReturnValue();
afterEach(() => {
  printed.mockClear();
});
afterAll(() => {
  printed.mockRestore();
});

const lines = () => printed.mock.calls.map(([text]) => String(text)).join("\n");

/** The candidates for the words after "npx", and whether files are completed. */
function candidates(...words: string[]): { names: string[]; files: boolean } {
  printed.mockClear();
  printCandidates(program(), words);
  const found = lines().split("\n");
  return { names: found.slice(0, -1).map((line) => line.split("\t")[0] ?? ""), files: found.at(-1) === ":0" };
}

function script(shell: Shell): string {
  printScript(shell);
  return lines();
}

it.each([
  [["w"], ["wbot"]],
  [
    ["wbot", "de"],
    ["deploy", "destroy"],
  ],
  [["wbot", "deploy", "--env", ""], ENVIRONMENTS],
  [["wbot", "secrets", "push", "--f"], ["--force"]],
  [["wbot", "env", "diff", "s"], ["staging"]],
  [
    ["wbot", "deploy", "--env", "prod", ""],
    ["infra", "app"],
  ],
])("completes %j", (words, names) => {
  expect(candidates(...words)).toEqual({ names, files: false });
});

it.each([
  [["wbot", "secrets", "push", ""]],
  [["wbot", "diff", "--save", ""]],
  // Another program, not one of ours.
  [["eslint", "--e"]],
  [["deploy", "--env", ""]],
])("leaves %j to the shell, which has its files", (words) => {
  expect(candidates(...words)).toEqual({ names: [], files: true });
});

/** What a real bash prints that has the script, twice, and then runs some lines. */
function bash(lines: string, text = script("bash"), cwd = join(PROJECT, "docs")) {
  const program = `${text}\n${text}\n${lines}`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", program], { cwd, encoding: "utf8" });
  return { stdout, stderr };
}

it("completes in a real bash, even if the script is sourced twice", () => {
  const lines = `complete -p npx
    COMP_WORDS=(npx wbot destroy --env ${OWN[0]}); COMP_CWORD=4; __npx_complete; echo "\${COMPREPLY[*]}"
    COMP_WORDS=(npx wbot destroy --env ""); __npx_complete; echo "\${COMPREPLY[*]}"`;
  expect(bash(lines)).toEqual({
    stdout: `complete -o default -F __npx_complete npx\n${alike.join(" ")}\n${OWN.join(" ")}\n`,
    stderr: "",
  });
});

it("runs nothing that has been typed: no redirection, no substitution", () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot-completion-"));
  const words = "'>' kept '$(touch kept)' '`touch kept`' ';' touch kept --e";
  const lines = `COMP_WORDS=(npx prettier ${words}); COMP_CWORD=9; __npx_complete; echo "\${COMPREPLY[*]}"`;
  // In place of the program, one that prints the words that it gets.
  const text = script("bash").replace(PROGRAM, "printf '%s\\n'");
  expect(bash(lines, text, folder)).toEqual({
    stdout: "completion complete -- prettier > kept $(touch kept) `touch kept` ; touch kept --e\n",
    stderr: "",
  });
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

it.each(["zsh", "fish"] as const)("asks this project's program from %s", (shell) => {
  expect(script(shell)).toContain(`${PROGRAM} completion complete -- `);
});
