import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** The cdktf command that runs this program, such as `cdktf deploy infra app`. */
export interface CdktfCommand {
  /** Not an alias: "deploy" for `cdktf apply`. */
  readonly name: string;
  /** All arguments after "cdktf". */
  readonly args: readonly string[];
}

interface Process {
  readonly parent: number;
  readonly args: readonly string[];
}

/** cdktf → sh → this program, if sh doesn't exec it. */
const GENERATIONS = 2;

/**
 * The cdktf command that this program runs under. cdktf doesn't pass it on, so the parent processes are inspected.
 * Undefined if there is none, or if the system doesn't reveal it.
 */
export function cdktfCommand(
  pid = process.ppid,
  look: (pid: number) => Process | undefined = lookUp,
): CdktfCommand | undefined {
  let current = look(pid);
  for (let generation = 0; current && generation < GENERATIONS; generation++) {
    const command = parse(current.args);
    if (command) return command;
    current = look(current.parent);
  }
  return undefined;
}

function parse(args: readonly string[]): CdktfCommand | undefined {
  const program = args.findIndex(isCdktf);
  // `sh -c "cdktf deploy"` is one argument; the program is the first argument, or the script that node runs.
  if (program < 0 || program > 2) return undefined;
  const written = args.slice(program + 1);
  const words = written.filter((arg) => !arg.startsWith("-"));
  // An option before the command may have a value that looks like a command.
  const word = words.find((each) => COMMANDS.has(each)) ?? words[0];
  return word === undefined ? undefined : { name: COMMANDS.get(word) ?? word, args: written };
}

function isCdktf(arg: string): boolean {
  return /^cdkt[fn]$/.test(basename(arg));
}

/** cdktf's commands that run this program, with their aliases. */
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
  return status === 0 && match ? { parent: Number(match[1]), args: wordsOf(match[2] ?? "") } : undefined;
}

/** The arguments in a line of `ps`, which quotes nothing: a script's path with spaces is one argument if cdktf is there. */
export function wordsOf(line: string): string[] {
  const [first = "", ...words] = line.split(" ");
  const upTo = (end: number) => words.slice(0, end + 1).join(" ");
  const end = words.findIndex((word, index) => isCdktf(word) && existsSync(upTo(index)));
  return [first, upTo(end), ...words.slice(end + 1)].filter((word) => word !== "");
}
