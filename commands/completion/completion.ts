import { join } from "node:path";
import { ShellCompDirective, script } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

export type Shell = "bash" | "zsh" | "fish";

const PROGRAM = join(__dirname, "..", "..", "bin", "wbot.js");

/** Prints a script for a shell's start-up files, by which it completes npx. */
export function printScript(shell: Shell): void {
  // The library's bash script makes constants, which can be made only once, and has no files complete.
  if (shell === "bash") console.log("if ! declare -F __npx_complete >/dev/null; then");
  script(shell, "npx", `'${PROGRAM.replaceAll("'", `'\\''`)}' completion`);
  if (shell === "bash") console.log("complete -o default -F __npx_complete npx\nfi");
}

/** Prints the candidates for the last of the words, which follow "npx", as the library's scripts read them. */
export function printCandidates(program: Command, [first = "", ...rest]: readonly string[]): void {
  if (rest.length === 0 && program.name().startsWith(first)) {
    console.log(
      `${program.name()}\t${program.description()}\n:${ShellCompDirective.ShellCompDirectiveNoFileComp}`,
    );
    return;
  }
  // What else npx runs is none of this project's.
  if (first !== program.name()) {
    console.log(`:${ShellCompDirective.ShellCompDirectiveDefault}`);
    return;
  }
  const root = tab(program);
  // The command that the library has added to the program, for scripts that call it there.
  root.commands.delete("complete");
  // Where nothing is known to follow, such as after --save, files do; the library would offer none.
  Object.defineProperty(root, "directive", {
    get: () =>
      root.completions.length > 0
        ? ShellCompDirective.ShellCompDirectiveNoFileComp
        : ShellCompDirective.ShellCompDirectiveDefault,
    set: () => undefined,
  });
  root.parse([...rest]);
}
