import type { Command, Option } from "commander";
import { CommandError, EXIT } from "./exit-codes";
import { typed } from "./options";

/** Options that npm has as well. npx may be given them for itself, as in `npx --yes`; a test checks the list. */
export const OF_NPM_TOO: readonly string[] = ["--all", "--yes", "--json", "--force", "--only", "--save"];

/**
 * npm keeps every option before `--`: `npm run destroy --env prod` would destroy dev. npm passes such an option on as
 * `npm_config_env`. Throws a CommandError for any option of the program that was lost in this way.
 */
export function refuseOptionsTakenByNpm(
  program: Command,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): void {
  const command = named(program, args);
  const ofThis = optionsOf(command);
  for (const option of optionsOf(program)) {
    const { long = "" } = option;
    const value = taken(option, env);
    if (value === undefined) continue;
    if (OF_NPM_TOO.includes(long)) {
      // May be meant for npm, or set for all of CI.
      const meant = env["npm_command"] !== "exec" && ofThis.some((each) => each.long === long);
      if (!meant || args.includes(long)) continue;
    }
    const wanted = option.required || option.optional ? ` ${value === "true" ? "<value>" : value}` : "";
    const line = command === program ? `${typed(program)} <command>` : typed(command);
    throw new CommandError(
      `npm consumed ${long} itself, and nothing was run. Put options after the command: ${line} ${long}${wanted}`,
      EXIT.usage,
    );
  }
}

/** What npm took for an option of ours: its value, or "true" if it was given none; undefined if npm took nothing. */
function taken({ long = "", negate }: Option, env: NodeJS.ProcessEnv): string | undefined {
  // npm reads `--no-verify` as the option verify, switched off.
  const name = long.replace(negate ? "--no-" : "--", "").replaceAll("-", "_");
  const value = env[`npm_config_${name}`];
  return value !== undefined && (value === "") === negate ? value : undefined;
}

/** The command that the arguments start with; the program itself if they name none. */
function named(program: Command, [name, ...rest]: readonly string[]): Command {
  const command = program.commands.find((each) => each.name() === name);
  return command ? named(command, rest) : program;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}
