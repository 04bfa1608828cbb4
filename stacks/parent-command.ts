import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** The command of cdktf that runs this program, such as `cdktf deploy infra app`. */
export interface ParentCommand {
  readonly name: string;
  /** Stacks, as they were named; may hold globs. */
  readonly stacks: readonly string[];
}

export interface CommandLine extends ParentCommand {
  /** All that follows "cdktf", as it was written. */
  readonly args: readonly string[];
}

interface Process {
  readonly parent: number;
  readonly args: readonly string[];
}

/** cdktf → sh → this program; one or two more where npx or a package manager stands between. */
const GENERATIONS = 6;

/**
 * Which command of cdktf this program runs under: cdktf tells the program that it runs nothing of it, so the
 * processes above are asked. Undefined where there is none, or where the system doesn't say.
 */
export function parentCommand(
  pid = process.ppid,
  look: (pid: number) => Process | undefined = lookUp,
): CommandLine | undefined {
  let current = look(pid);
  for (let generation = 0; current && generation < GENERATIONS; generation++) {
    const command = parse(current.args);
    if (command) return command;
    current = look(current.parent);
  }
  return undefined;
}

function parse(args: readonly string[]): CommandLine | undefined {
  const program = args.findIndex((arg) => /^cdkt[fn]$/.test(basename(arg)));
  // `sh -c "cdktf deploy"` is one argument; a program is the first argument, or what node runs.
  if (program < 0 || program > 2) return undefined;
  const written = args.slice(program + 1);
  const words = written.filter((arg) => !arg.startsWith("-"));
  // An option may stand before the command, and its value looks like one.
  const at = Math.max(
    0,
    words.findIndex((word) => COMMANDS.has(word)),
  );
  const word = words[at];
  if (word === undefined) return undefined;
  return { name: COMMANDS.get(word) ?? word, stacks: words.slice(at + 1), args: written };
}

/** cdktf's commands that run this program, by their own names and by its other names for them. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["synth", "synth"],
  ["synthesize", "synth"],
  ["diff", "diff"],
  ["plan", "diff"],
  ["deploy", "deploy"],
  ["apply", "deploy"],
  ["destroy", "destroy"],
  ["watch", "watch"],
  ["output", "output"],
  ["outputs", "output"],
  ["list", "list"],
]);

function lookUp(pid: number): Process | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): Process {
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8")
    .split("\0")
    .filter((arg) => arg !== "");
  const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { parent: Number(parent ?? 0), args };
}

function fromPs(pid: number): Process | undefined {
  const { stdout, status } = spawnSync("ps", ["-o", "ppid=,args=", "-p", String(pid)], { encoding: "utf8" });
  const match = /^\s*(\d+)\s+(.*)$/m.exec(stdout);
  return status === 0 && match
    ? { parent: Number(match[1]), args: (match[2] ?? "").split(/\s+/) }
    : undefined;
}
