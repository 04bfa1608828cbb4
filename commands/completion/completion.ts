import { join } from "node:path";
import { ShellCompDirective, script } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { PROJECT } from "../../project";
import { argument } from "../../stacks/command-lines";

export type Shell = "bash" | "zsh" | "fish";

const PROGRAM = join(PROJECT, "bin", "wbot.js");

/** Prints a completion script for npx, for a shell's start-up files. */
export function printScript(shell: Shell): void {
  if (shell === "bash") console.log(BASH);
  else script(shell, "npx", `${argument(PROGRAM)} completion`);
}

/**
 * For macOS's bash 3.2, too. In place of the library's script, which can run only once, turns off file completion, and runs what
 * has been typed, with its redirections and substitutions: a Tab could overwrite a file.
 */
const BASH = `__npx_complete() {
  local name
  COMPREPLY=()
  while IFS=$'\\t' read -r name _; do
    [[ $name == :* ]] || COMPREPLY+=("$name")
  done < <(${argument(PROGRAM)} completion complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F __npx_complete npx`;

/** Prints candidates for the last of the words after "npx", in the format of the library's scripts. */
export function printCandidates(program: Command, [first = "", ...rest]: readonly string[]): void {
  if (rest.length === 0 && program.name().startsWith(first)) {
    console.log(
      `${program.name()}\t${program.description()}\n:${ShellCompDirective.ShellCompDirectiveNoFileComp}`,
    );
    return;
  }
  // Other programs that npx runs.
  if (first !== program.name()) {
    console.log(`:${ShellCompDirective.ShellCompDirectiveDefault}`);
    return;
  }
  const root = tab(program);
  // The library adds a command of this name for its own scripts.
  root.commands.delete("complete");
  // Complete files where nothing else is known, such as after --save; the library wouldn't.
  Object.defineProperty(root, "directive", {
    get: () =>
      root.completions.length > 0
        ? ShellCompDirective.ShellCompDirectiveNoFileComp
        : ShellCompDirective.ShellCompDirectiveDefault,
    set: () => undefined,
  });
  root.parse([...rest]);
}
