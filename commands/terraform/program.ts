import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { CommandError } from "../cli/exit-codes";
import { onInterruption, untilItEnds } from "../cli/interrupt";
import { untrustedByGo } from "../cli/network";
import { TERRAFORM_VERSION } from "../../environments/terraform-version";
import { refuseAmbient, refuseWorkspace } from "../../stacks/ambient";
import { terraformProgram } from "../../stacks/command-lines";
import { lockArguments, lockFix, refuseUnlisted } from "../../stacks/lock";
import { shownError } from "./errors";
import type { StackFolder } from "./stack-folder";

/** The result of a Terraform run. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The signal that killed it, such as "SIGKILL" where memory ran out; undefined if it ended by itself. */
  readonly killedBy?: string | undefined;
}

/** The program that runs as Terraform can't be started. */
export class NotStarted extends CommandError {
  readonly why: string;

  constructor({ message }: Error) {
    const why = `"${terraformProgram()}" can't be run: ${message}`;
    const isNamed = (process.env["TERRAFORM_BINARY_NAME"] ?? "") !== "";
    const fix = `Install Terraform ${TERRAFORM_VERSION} or newer${isNamed ? ", or unset TERRAFORM_BINARY_NAME" : ""}`;
    super(`${why}. ${fix}`);
    this.why = why;
  }
}

/**
 * Runs Terraform in a stack's folder. On a first interruption it finishes running operations and writes the state, which
 * may take as long as a rollout; on a second one it stops at once. `stop` interrupts it like a first one.
 */
export async function terraform(
  { path }: Pick<StackFolder, "path">,
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
  stop?: AbortSignal,
): Promise<Ran> {
  refuseAmbient();
  refuseWorkspace(path);
  const child = spawn(terraformProgram(), args, {
    cwd: path,
    env: { ...process.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    // In its own process group, so that the terminal's Ctrl-C doesn't reach it.
    detached: true,
  });
  let signalled = false;
  const sendInterrupt = (force: boolean) => {
    if (signalled && !force) return;
    signalled = true;
    child.kill("SIGINT");
  };
  const forget = onInterruption(sendInterrupt);
  stop?.addEventListener("abort", () => {
    sendInterrupt(false);
  });
  const read = async (stream: NodeJS.ReadableStream, each: (line: string) => void) => {
    const lines: string[] = [];
    // Not every command heeds NO_COLOR. JSON is data: what looks like a colour in it belongs to a value.
    const isData = args.includes("-json") && stream === child.stdout;
    for await (const line of createInterface({ input: stream })) {
      lines.push(isData ? line : stripVTControlCharacters(line));
      each(line);
    }
    return lines.join("\n");
  };
  const ended = new Promise<Pick<Ran, "code" | "killedBy">>((resolve, reject) => {
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 1, killedBy: signal ?? undefined });
    });
    child.on("error", (error) => {
      reject(new NotStarted(error));
    });
  });
  try {
    return await untilItEnds(
      Promise.all([ended, read(child.stdout, onLine), read(child.stderr, () => undefined)]).then(
        ([end, stdout, stderr]) => ({ ...end, stdout, stderr }),
      ),
    );
  } finally {
    forget();
  }
}

/** What Terraform prints. If it fails, the command ends with `failure` and what it says. */
export async function terraformOutput(
  folder: Pick<StackFolder, "stack" | "path">,
  args: readonly string[],
  failure: string,
): Promise<string> {
  const { code, stdout, stderr } = await terraform(folder, args);
  if (code === 0) return stdout;
  throw new CommandError(`${failure}:\n\n${shownError(folder, stderr)}`);
}

/** JSON that Terraform has printed. If it isn't JSON: `failure` and what to check, but not the text, which may have secrets. */
export function printedJson(text: string, command: string, failure: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(
      `${failure}: "${terraformProgram()}" printed no JSON for ${command}. Check that it is Terraform or OpenTofu, and what TERRAFORM_BINARY_NAME is set to`,
    );
  }
}

/**
 * Initializes a stack's folder: its locked providers, and its state backend. A previous backend is forgotten and nothing is
 * migrated: a local state that must move is reported elsewhere. No provider was started yet, and none is that isn't listed.
 */
export async function init(folder: StackFolder): Promise<void> {
  const { stack } = folder;
  const { code, stdout, stderr } = await terraform(folder, initArguments(folder));
  const said = `${stdout}\n${stderr}`;
  refuseUnlisted(stack, folder.path, said);
  // Terraform only warns, but its next command would find no provider that matches the lock file.
  const fix = lockFix(stack, said) || (code === 0 ? "" : untrustedByGo(said));
  if (code === 0 && fix === "") return;
  const output = shownError(folder, stderr.trim() === "" ? stdout : stderr);
  throw new CommandError(`terraform init failed for ${stack}:\n\n${output}${fix === "" ? "" : `\n\n${fix}`}`);
}

export function initArguments({ stack, path }: StackFolder): readonly string[] {
  return ["init", "-reconfigure", "-input=false", "-no-color", ...lockArguments(stack, path)];
}
