import { EnvironmentError } from "../environments/environment";
import type { CommandLine } from "./parent-command";

/**
 * cdktf ignores options that it doesn't know: `cdktf destroy infra app --env staging` would destroy dev. Here they are
 * refused, before anything is synthesized.
 */

/** What cdktf's commands take; a test holds that to the cdktf-cli that is installed. */
export const CDKTF_OPTIONS: ReadonlySet<string> = new Set([
  "app",
  "auto-approve",
  "check-code-maker-output",
  "context-json",
  "disable-plugin-cache-env",
  "experimental-provider-schema-cache-path",
  "hcl",
  "help",
  "ignore-missing-stack-dependencies",
  "log-file-directory",
  "log-level",
  "migrate-state",
  "no-color",
  "output",
  "outputs-file",
  "outputs-file-include-sensitive-outputs",
  "parallelism",
  "refresh-only",
  "skip-provider-lock",
  "skip-synth",
  "terraform-parallelism",
  "var",
  "var-file",
  "version",
]);
const CDKTF_LETTERS = "aho";
/** How an environment may be asked for of a program that takes none. */
const ENVIRONMENT = ["--env", "--environment", "-e"];

/** `own`: what follows this program's own name, where it is run without cdktf. */
export function refuseUnreadOptions(
  command: CommandLine | undefined,
  own: readonly string[] = process.argv.slice(2),
  env: NodeJS.ProcessEnv = process.env,
): void {
  const name = command ? `cdktf ${command.name}` : "main.ts";
  const args = command?.args ?? own;
  for (const [index, arg] of args.entries()) {
    const [option = "", value = nameAfter(args, index)] = arg.split(/=(.*)/s, 2);
    if (!arg.startsWith("-") || /^-\d/.test(arg) || known(option)) continue;
    if (ENVIRONMENT.includes(option)) throw refusal(`${name} doesn't read ${option}`, command, value);
    throw new EnvironmentError(
      `${name} has no option ${option}, and nothing was synthesized. See npx ${command ? name : "cdktf"} --help, and for wbot's own commands npx wbot --help`,
    );
  }
  if (command === undefined && own.length > 0)
    throw new EnvironmentError(
      `main.ts takes no arguments ("${own.join(" ")}"), and nothing was synthesized.`,
    );
  const taken = env["npm_config_env"] ?? env["npm_config_environment"];
  if (taken !== undefined && taken !== "") {
    throw refusal("npm took --env for itself", command, taken === "true" ? "" : taken);
  }
}

/** yargs, which reads cdktf's command line, takes `--autoApprove` and `--no-auto-approve` as well. */
function known(option: string): boolean {
  if (!option.startsWith("--")) return CDKTF_LETTERS.includes(option.charAt(1));
  const name = option.slice(2).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return name === "" || CDKTF_OPTIONS.has(name) || CDKTF_OPTIONS.has(name.replace(/^no-/, ""));
}

function nameAfter(args: readonly string[], index: number): string | undefined {
  const next = args[index + 1];
  return next?.startsWith("-") === true ? undefined : next;
}

function refusal(why: string, command: CommandLine | undefined, written = ""): EnvironmentError {
  const value = written === "" ? "<name>" : written;
  const { name, stacks } = command ?? { name: "synth", stacks: [] };
  const line = ["npx cdktf", name, ...stacks.filter((stack) => stack !== value)].join(" ");
  const wbot = ["diff", "deploy", "destroy"].includes(name) ? `npx wbot ${name} --env ${value}` : undefined;
  return new EnvironmentError(
    `${why}, and nothing was synthesized. The environment is named by WBOT_ENV:\n\n  WBOT_ENV=${value} ${line}\n` +
      (wbot === undefined ? "" : `\nOr, with the checks of wbot:\n\n  ${wbot}\n`),
  );
}
