import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { currentEnvironment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { BOOTSTRAP } from "../../stacks/stack-names";
import { commandLine } from "../cli/options";
import { indented, terraform } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";

/** Where Terraform writes a state that its backend refuses. */
const FILE = "errored.tfstate";

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
  const { code, stderr } = await terraform(folder, ["state", "push", "-lock-timeout=10s", FILE]);
  if (code === 0) {
    rmSync(file);
    return true;
  }
  // state push knows only the other stacks.
  const orPush = folder.stack === BOOTSTRAP ? "" : `, or push it: ${pushCommand()}`;
  throw new CommandError(
    `An apply of ${folder.stack} could not write its state, which is now only in ${file}, secrets included. Keep this file. It could not be pushed either:\n\n${indented(stderr)}\n\nOnce the state can be written, run the same command again${orPush}`,
  );
}

function pushCommand(): string {
  return commandLine("state", currentEnvironment(), "push");
}

/** For what only reads. */
export function refuseUnwritten(folder: StackFolder): void {
  const file = unwrittenState(folder);
  if (file === undefined) return;
  throw new CommandError(
    `An apply of ${folder.stack} could not write its state, which is now only in ${file}: a plan without it would be wrong. To write it: ${pushCommand()}`,
  );
}
