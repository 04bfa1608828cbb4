import { Option, type Command } from "commander";
import { currentEnvironment, environments, type Environment, type LoadOptions } from "../../environments";
import { CommandError, EXIT } from "./exit-codes";

/** What every command takes. */
export interface CommonOptions {
  readonly env?: string;
}

/** `--env`: every command has it. */
export function environmentOption(about = "environment (default: WBOT_ENV, else dev)"): Option {
  return new Option("-e, --env <name>", about).choices(Object.keys(environments));
}

/** `--json`: for scripts, which get nothing else on standard output. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON and nothing else");
}

/**
 * The environment that the command line or WBOT_ENV names. Written back to WBOT_ENV, where the programs that a command
 * starts look for it.
 */
export function chosenEnvironment(
  { env }: CommonOptions,
  checks: Pick<LoadOptions, "holdCapacity"> = {},
): Environment {
  if (env !== undefined) process.env["WBOT_ENV"] = env;
  return currentEnvironment(process.env, undefined, checks);
}

/** Examples below a command's `--help`: what to type, and what it does. */
export function examples(rows: readonly (readonly [command: string, about: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  return ["", "Examples:", ...rows.map(([command, about]) => `  ${command.padEnd(width)}  ${about}`)].join(
    "\n",
  );
}

/** How a person types a command: npm's script, and what follows its two dashes. */
export function typed(command: Command): string {
  const path: string[] = [];
  for (let each = command; each.parent; each = each.parent) path.unshift(each.name());
  const [script, ...rest] = path;
  return script === undefined ? "npm run" : `npm run ${script} -- ${rest.join(" ")}`.trimEnd();
}

/** The same with `--env`, for messages that say what to run. */
export function commandLine(script: string, { name }: Environment, rest = ""): string {
  return `npm run ${script} -- ${rest === "" ? "" : `${rest} `}--env ${name}`;
}

/** Options of ours that npm knows nothing of: without the two dashes it takes them away. */
const TAKEN = [
  "env",
  "image-tag",
  "only",
  "bucket",
  "format",
  "reviewed",
  "roll-back",
  "exit-code",
  "pin",
] as const;
/** Those of them that take no value. */
const FLAGS: readonly string[] = ["exit-code", "pin", "roll-back"];

/**
 * `npm run destroy --env prod`, without the two dashes, gives the option to npm: the command would run on another
 * environment than was meant.
 */
export function refuseOptionsTakenByNpm(env: NodeJS.ProcessEnv = process.env): void {
  for (const option of TAKEN) {
    const value = env[`npm_config_${option.replaceAll("-", "_")}`];
    if (value === undefined || value === "") continue;
    throw new CommandError(
      `npm took --${option} for itself, so that nothing was run. Put two dashes before it: npm run ${env["npm_lifecycle_event"] ?? "<command>"} -- --${option}${FLAGS.includes(option) ? "" : ` ${value === "true" ? "<value>" : value}`}`,
      EXIT.usage,
    );
  }
}
