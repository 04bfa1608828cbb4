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
  if (shell === "bash") console.log(bashScript());
  else libraryScript(shell);
}

function libraryScript(shell: Shell): void {
  script(shell, "npx", `${argument(PROGRAM)} completion`);
}

/**
 * The library's bash script declares readonly variables, so it can run only once; it turns off file completion; and it runs
 * what has been typed, with its redirections and substitutions: a Tab could overwrite a file.
 */
function bashScript(): string {
  const printed: string[] = [];
  const print = console.log;
  console.log = (text: string) => printed.push(text);
  try {
    libraryScript("bash");
  } finally {
    console.log = print;
  }
  const quoted = printed
    .join("\n")
    .replace("${words[@]:1}", () => `$(printf ' %q' "\${words[@]:1}")`)
    // An empty word is quoted as well.
    .replace(/ *if \[\[ -z "\$cur" \]\]; then\n *requestComp="\$requestComp ''"\n *fi\n/, "");
  return `if ! declare -F __npx_complete >/dev/null; then\n${quoted}\ncomplete -o default -F __npx_complete npx\nfi`;
}

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
