import type { Command, Option } from "commander";
import { CommandError, EXIT } from "./exit-codes";

/** Options that npm has as well: they may be meant for npm, as in `npx --yes`, or set for all of CI; a test checks the list. */
export const OF_NPM_TOO: readonly string[] = ["--yes", "--json", "--force", "--only", "--save"];

/**
 * npm keeps every option before `--`: `npm run destroy --env prod` would destroy dev. npm passes such an option on as
 * `npm_config_env`. Throws a CommandError for any option of the program that was lost in this way.
 */
export function refuseOptionsTakenByNpm(program: Command, env: NodeJS.ProcessEnv = process.env): void {
  const lost = optionsOf(program).find((option) => isTaken(option, env));
  if (lost === undefined) return;
  throw new CommandError(
    `npm consumed ${lost.long ?? ""} itself, and nothing was run. Put options after "--": npm run <command> -- ${lost.flags}`,
    EXIT.usage,
  );
}

function isTaken({ long = "", negate }: Option, env: NodeJS.ProcessEnv): boolean {
  // npm reads `--no-verify` as the option verify, switched off.
  const name = long.replace(negate ? "--no-" : "--", "").replaceAll("-", "_");
  const value = env[`npm_config_${name}`];
  return !OF_NPM_TOO.includes(long) && value !== undefined && (value === "") === negate;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}
