import { EnvironmentError, environments } from "../environments";
import type { CdktfCommand } from "./cdktf-command";
import { argument } from "./command-lines";

/**
 * cdktf ignores unknown options: `cdktf destroy infra app --env staging` would destroy dev. Those that would do something
 * else than was asked for are refused, before anything is synthesized.
 */

/** Options that people may try, to name an environment, and misspellings. */
const ENVIRONMENT = /^--?e(n|v|$)/;
/** Options of `npx wbot deploy` that decide what is deployed. */
const WBOT = ["--image-tag", "--reviewed"];

/** @param own this program's own arguments, if it runs without cdktf */
export function refuseUnreadOptions(
  command: CdktfCommand | undefined,
  own: readonly string[] = process.argv.slice(2),
  env: NodeJS.ProcessEnv = process.env,
): void {
  const name = command ? `cdktf ${command.name}` : "main.ts";
  const args = command?.args ?? own;
  for (const [index, arg] of args.entries()) {
    const [option = "", value = nameAfter(args, index)] = arg.split(/=(.*)/s, 2);
    if (ENVIRONMENT.test(option)) throw refusal(`${name} ignores ${option}`, command, value, arg);
    if (WBOT.includes(option))
      throw new EnvironmentError(
        `${name} ignores ${option}, an option of npx wbot deploy. Nothing was synthesized.`,
      );
  }
  if (command === undefined && own.length > 0)
    throw new EnvironmentError(`main.ts takes no arguments ("${own.join(" ")}"). Nothing was synthesized.`);
  const taken = env["npm_config_env"] ?? env["npm_config_environment"];
  if (taken !== undefined && taken !== "") {
    // npm consumes only the flag of `npm run synth --env prod`, and passes the name on.
    const left = args.find((arg) => Object.hasOwn(environments, arg));
    throw refusal("npm consumed --env", command, taken === "true" ? left : taken);
  }
}

function nameAfter(args: readonly string[], index: number): string | undefined {
  const next = args[index + 1];
  return next?.startsWith("-") === true ? undefined : next;
}

/** @param written the option's value, if any @param option as typed, to be left out */
function refusal(
  why: string,
  command: CdktfCommand | undefined,
  written = "",
  option = "",
): EnvironmentError {
  const value = written === "" ? "<name>" : written;
  const kept = (command?.args ?? ["synth"]).filter((arg) => arg !== option && arg !== value);
  const line = ["npx cdktf", ...kept.map(argument)].join(" ");
  return new EnvironmentError(
    `${why}. Nothing was synthesized. Set WBOT_ENV to choose the environment:\n\n  WBOT_ENV=${value} ${line}\n`,
  );
}
