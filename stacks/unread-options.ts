import { EnvironmentError } from "../environments/environment";
import type { CommandLine } from "./parent-command";

/**
 * cdktf ignores unknown options: `cdktf destroy infra app --env staging` would destroy dev. Here they are refused,
 * before anything is synthesized.
 */

/** Options of cdktf's commands; a test compares them with the installed cdktf-cli. */
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
/** Options that people may try, to name an environment. */
const ENVIRONMENT = ["--env", "--environment", "-e"];

/** @param own this program's own arguments, if it runs without cdktf */
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
    if (ENVIRONMENT.includes(option)) throw refusal(`${name} ignores ${option}`, command, value);
    throw new EnvironmentError(
      `${name} has no option ${option}. Nothing was synthesized. See npx ${command ? name : "cdktf"} --help, or npx wbot --help for wbot's own commands.`,
    );
  }
  if (command === undefined && own.length > 0)
    throw new EnvironmentError(`main.ts takes no arguments ("${own.join(" ")}"). Nothing was synthesized.`);
  const taken = env["npm_config_env"] ?? env["npm_config_environment"];
  if (taken !== undefined && taken !== "") {
    throw refusal("npm consumed --env", command, taken === "true" ? "" : taken);
  }
}

/** yargs, which parses cdktf's command line, also accepts `--autoApprove` and `--no-auto-approve`. */
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
    `${why}. Nothing was synthesized. Set WBOT_ENV to choose the environment:\n\n  WBOT_ENV=${value} ${line}\n` +
      (wbot === undefined ? "" : `\nOr, with wbot's checks:\n\n  ${wbot}\n`),
  );
}
