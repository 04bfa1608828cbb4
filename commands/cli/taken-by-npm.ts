import type { Command, Option } from "commander";
import { CommandError, EXIT } from "./exit-codes";
import { typed } from "./options";

/** Options of npm's own that a command has too. npx may be given them for itself, as in `npx --yes`; a test holds the list. */
export const OF_NPM_TOO: readonly string[] = ["--yes", "--json", "--force", "--only", "--save"];

/**
 * npm keeps every option that stands before two dashes: `npm run destroy --env prod` would destroy dev. npm says so in
 * `npm_config_env`. Throws a CommandError for each option of any command of the program that was lost in this way.
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
      // May be meant for npm, or come from the environment of a whole CI.
      const meant = env["npm_command"] !== "exec" && ofThis.some((each) => each.long === long);
      if (!meant || args.includes(long)) continue;
    }
    const wanted = option.required || option.optional ? ` ${value === "true" ? "<value>" : value}` : "";
    const line = command === program ? `${typed(program)} <command>` : typed(command);
    throw new CommandError(
      `npm took ${long} for itself, and nothing was run. Options go after the command of npx: ${line} ${long}${wanted}`,
      EXIT.usage,
    );
  }
}

/** What npm has for an option of ours: its value, "true" where it was given none; undefined where it has nothing. */
function taken({ long = "", negate }: Option, env: NodeJS.ProcessEnv): string | undefined {
  // npm takes `--no-verify` for the option verify, switched off.
  const name = long.replace(negate ? "--no-" : "--", "").replaceAll("-", "_");
  const value = env[`npm_config_${name}`];
  return value !== undefined && (value === "") === negate ? value : undefined;
}

/** The command that the arguments begin with; the program itself where they name none. */
function named(program: Command, [name, ...rest]: readonly string[]): Command {
  const command = program.commands.find((each) => each.name() === name);
  return command ? named(command, rest) : program;
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}
