import { Option, type Command } from "commander";
import { currentEnvironment, environments, type Environment } from "../../environments";

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
export function chosenEnvironment({ env }: CommonOptions): Environment {
  if (env !== undefined) process.env["WBOT_ENV"] = env;
  return currentEnvironment();
}

/** Examples below a command's `--help`: what to type, and what it does. */
export function examples(rows: readonly (readonly [command: string, about: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  return [
    "",
    "Examples:",
    ...rows.map(([command, about]) => `  ${command.padEnd(width)}  ${about}`.trimEnd()),
  ].join("\n");
}

/** How a person types a command. */
export function typed(command: Command): string {
  const path: string[] = [];
  for (let each: Command | null = command; each; each = each.parent) path.unshift(each.name());
  return `npx ${path.join(" ")}`;
}

/** The same with `--env`, for messages that say what to run. */
export function commandLine(command: string, { name }: Environment, rest = ""): string {
  return `npx wbot ${command} ${rest === "" ? "" : `${rest} `}--env ${name}`;
}
