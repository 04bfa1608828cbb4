import { Option, type Command } from "commander";
import { currentEnvironment, environments, type Environment } from "../../environments";

/** Options of every command. */
export interface CommonOptions {
  readonly env?: string;
}

/** `--env`, which every command has. */
export function environmentOption(about = "environment (default: WBOT_ENV, else dev)"): Option {
  return new Option("-e, --env <name>", about).choices(Object.keys(environments));
}

/** `--json`, for scripts: nothing else is printed on standard output. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON and nothing else");
}

/**
 * The environment named by the command line or WBOT_ENV. Written back to WBOT_ENV, where the programs that a command
 * starts read it.
 */
export function chosenEnvironment({ env }: CommonOptions): Environment {
  if (env !== undefined) process.env["WBOT_ENV"] = env;
  return currentEnvironment();
}

/** Examples for a command's `--help`: what to type, and what it does. */
export function examples(rows: readonly (readonly [command: string, about: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  return [
    "",
    "Examples:",
    ...rows.map(([command, about]) => `  ${command.padEnd(width)}  ${about}`.trimEnd()),
  ].join("\n");
}

/** A command as it is typed. */
export function typed(command: Command): string {
  const path: string[] = [];
  for (let each: Command | null = command; each; each = each.parent) path.unshift(each.name());
  return `npx ${path.join(" ")}`;
}

/** A command line with `--env`, for messages that say what to run. */
export function commandLine(command: string, { name }: Environment, rest = ""): string {
  return `npx wbot ${command} ${rest === "" ? "" : `${rest} `}--env ${name}`;
}
