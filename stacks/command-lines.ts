import { basename, relative, resolve } from "node:path";

/** Command lines for messages that say what to run. */

/** A text as one word of a shell's command line, quoted only where a shell needs it. */
export function argument(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The program that runs as Terraform: one on the PATH, or an absolute path, since it runs in a stack's folder. */
export function terraformProgram(env: NodeJS.ProcessEnv = process.env): string {
  const named = env["TERRAFORM_BINARY_NAME"];
  if (named === undefined || named === "") return "terraform";
  return named === basename(named) ? named : resolve(named);
}

/**
 * Terraform, or what runs in its place, in a stack's folder. The path is relative if the reader's shell is in the project's
 * folder, since a pull request's comment is read on another machine. npm runs scripts there, and INIT_CWD names the shell's.
 */
export function terraformLine(folder: string, ...args: readonly string[]): string {
  const within = relative(process.env["INIT_CWD"] ?? process.cwd(), folder);
  const from = within === "" || within.startsWith("..") ? resolve(folder) : within;
  return [argument(terraformProgram()), `-chdir=${argument(from)}`, ...args.map(argument)].join(" ");
}
