import { InvalidArgumentError, Option, type Command } from "commander";
import { currentEnvironment, environments, type Environment } from "../../environments";
import { argument } from "../../stacks/command-lines";
import { columns } from "./terminal";

/** Adds a command to the program; its work's number is the exit code. */
export type AddCommand = (program: Command) => void;

export interface CommonOptions {
  readonly env?: string;
  /** Images by service, of the commands that deploy or plan any. */
  readonly imageTag?: string;
}

/** `--env`, which every command has. Not `-e` too: npm drops it and its value without a trace. */
export function environmentOption(about = "environment (default: WBOT_ENV, otherwise dev)"): Option {
  return new Option("--env <name>", about).choices(Object.keys(environments));
}

/** `--json`, for scripts: nothing else is printed on standard output. */
export function jsonOption(): Option {
  return new Option("--json", "print JSON and nothing else");
}

/** Parses the path of a stream: one that no request can be made of would show only at the end of a deploy. */
export const pathBelow =
  (prefix: string) =>
  (value: string): string => {
    if (value.startsWith(prefix) && /^[!-~]+$/.test(value)) return value;
    throw new InvalidArgumentError(
      `It must be a path below "${prefix}", percent-encoded: "/api/stream?q=a%20b".`,
    );
  };

/**
 * The environment named by the command line or WBOT_ENV. Written back to WBOT_ENV, where the programs that a command
 * starts read it; images likewise to WBOT_IMAGE_TAG.
 */
export function chosenEnvironment({ env, imageTag }: CommonOptions): Environment {
  if (env !== undefined) process.env["WBOT_ENV"] = env;
  if (imageTag !== undefined) process.env["WBOT_IMAGE_TAG"] = imageTag;
  return currentEnvironment();
}

type Examples = readonly (readonly [command: string, about: string])[];

/** Adds a command whose `--help` ends with examples (what to type, and what it does) and further notes. */
export function documentedCommand(
  parent: Command,
  name: string,
  about: string,
  examples: Examples,
  notes = "",
): Command {
  return parent
    .command(name)
    .description(about)
    .addHelpText("after", ["", "Examples:", ...columns(examples, "  ")].join("\n") + notes);
}

/** The same with `--env`. */
export function environmentCommand(...all: Parameters<typeof documentedCommand>): Command {
  return documentedCommand(...all).addOption(environmentOption());
}

/**
 * Refuses an empty value, such as of a script's unset variable, an option in a value's place, and an option given twice, of
 * which Commander would drop the first without a word; of its subcommands, too.
 */
export function refuseUnclearOptions(command: Command): void {
  for (const option of command.options.filter(({ required }) => required)) {
    const { flags, variadic } = option;
    let given = false;
    command.on(`option:${option.name()}`, (value: string) => {
      if (/^(-.+)?$/s.test(value))
        command.error(`error: option '${flags}' needs a value, but got ${JSON.stringify(value)}`);
      if (given && !variadic) command.error(`error: option '${flags}' is given twice`);
      given = true;
    });
  }
  command.commands.forEach(refuseUnclearOptions);
}

export function typed(command: Command): string {
  const path: string[] = [];
  for (let each: Command | null = command; each; each = each.parent) path.unshift(each.name());
  return `npx ${path.join(" ")}`;
}

/** The command line of this run, for messages that say how to continue: with the environment and images that it took from outside. */
export function typedCommand({ name }: Environment): string {
  const given = process.argv.slice(2);
  const { WBOT_IMAGE_TAG: images = "" } = process.env;
  const added = { "--env": name, ...(images === "" ? {} : { "--image-tag": images }) };
  for (const [option, value] of Object.entries(added))
    if (!given.some((each) => each === option || each.startsWith(`${option}=`))) given.push(option, value);
  return ["npx wbot", ...given.map(argument)].join(" ");
}

/** A command line with `--env`, for messages that say what to run. */
export function commandLine(command: string, { name }: Environment, rest = ""): string {
  return `npx wbot ${command} ${rest === "" ? "" : `${rest} `}--env ${name}`;
}
