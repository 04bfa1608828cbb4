import { existsSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { currentEnvironment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { isOfLock, lockIn, shownError } from "../terraform/errors";
import { terraform } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";

/** Where Terraform writes a state that its backend refuses. */
const FILE = "errored.tfstate";

/** What Terraform says of a state that is not newer than its backend's: somebody has deployed since. */
const SUPERSEDED = /over newer state with serial|different state that has the same serial/;

function unwrittenState({ path }: StackFolder): string | undefined {
  const file = join(path, FILE);
  return existsSync(file) ? file : undefined;
}

/**
 * Pushes a state that an earlier run could not write, and deletes the file. Refuses to go on if that fails, since everything
 * that only this file knows would be created again. The stack must be initialized. True if there was one.
 */
export async function pushUnwritten(folder: StackFolder): Promise<boolean> {
  const file = unwrittenState(folder);
  if (file === undefined) return false;
  const push = () => terraform(folder, ["state", "push", "-lock-timeout=10s", FILE]);
  let { code, stderr } = await push();
  const lock = isOfLock(stderr) ? abandonedLock(stderr, file) : undefined;
  if (lock !== undefined && (await terraform(folder, ["force-unlock", "-force", lock])).code === 0)
    ({ code, stderr } = await push());
  if (code !== 0)
    throw new CommandError(
      `An apply of ${folder.stack} could not write its state, ${whereItIs(folder, file, stderr)}`,
    );
  rmSync(file);
  return true;
}

/** Why a state can't be pushed, and that its file must stay. */
function whereItIs(folder: StackFolder, file: string, stderr: string): string {
  return SUPERSEDED.test(stderr.replace(/[\s│]+/g, " "))
    ? `and somebody has deployed ${folder.stack} since, so it can't be written any more. Keep ${file}, which contains secrets, until everything recorded only there is in the newer state. How to check that: docs/runbooks/state-locked.md, "If that fails"`
    : `which is now only in ${file}, secrets included. Keep this file. It could not be pushed either:\n\n${shownError(folder, stderr)}\n\nOnce the state can be written, run the same command again`;
}

/**
 * The lock that the apply which left this file holds, if that is the one in the way: without valid credentials it could not
 * release its own. Whatever this machine locked before the file was written and holds since is that apply's, since nobody
 * else could hold the lock then.
 *
 * @returns its ID
 */
function abandonedLock(error: string, file: string): string | undefined {
  const { id, operation, who, created } = lockIn(error);
  const since = Date.parse(created.replace(" ", "T").replace(" +0000 UTC", "Z"));
  const isOfThatApply =
    operation === "apply" && who.endsWith(`@${hostname()}`) && since < statSync(file).mtimeMs;
  return isOfThatApply && id !== "" ? id : undefined;
}

/** For what only reads, or would write a state without it. @param otherwise What to do if it can't be written any more */
export function refuseUnwritten(folder: StackFolder, otherwise = ""): void {
  const file = unwrittenState(folder);
  if (file === undefined) return;
  throw new CommandError(
    `An apply of ${folder.stack} could not write its state, which is now only in ${file} and must be written first: without it, a plan would be wrong, and a newer state would keep it from ever being written. To write it: ${commandLine("state", currentEnvironment(), "push")}${otherwise}`,
  );
}
