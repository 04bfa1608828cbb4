import { existsSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { localState } from "../../environments/local-state";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { step } from "../cli/progress";
import { argument, terraformLine } from "../../stacks/command-lines";
import { STACKS } from "../../stacks/stack-names";
import { initArguments } from "../terraform/program";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { pulled, terraformOn, type State } from "../terraform/state";

const LEFT = "its local state is left as it is";

/** Pushes each local state to the bucket, compares what arrived with the file, and sets the file aside. */
export async function moveState(session: Session): Promise<ExitCode> {
  const { environment } = session;
  const { name, state } = environment;
  if (state.kind === "local")
    throw new CommandError(
      `The environment "${name}" keeps its state in local files. To see how to use a bucket: ${commandLine("bootstrap", environment)}`,
    );
  ifInterrupted(
    `Local states are only set aside once they are in the bucket. To continue, run: ${commandLine("state", environment, "move")}`,
  );
  const folders = await session.stacks();
  const local = STACKS.filter((stack) => existsSync(localState(name, stack)));
  if (local.length === 0) {
    console.log(
      `Nothing to move: ${name} has no local state next to cdktf.json. From another bucket: docs/recovery.md, "Another state bucket"`,
    );
    return EXIT.done;
  }
  for (const stack of local) {
    const file = localState(name, stack);
    await step({ title: `Moving the state of ${stack} to ${state.bucket}`, done: String }, () =>
      moveOne(folders[stack], file),
    );
    console.log(movedStateLines(file, "a diff has shown that nothing changes"));
  }
  return EXIT.done;
}

/** Pushes one local state to the backend of `folder`, and sets the file aside once it has arrived. */
export async function moveOne(folder: StackFolder, file: string): Promise<string> {
  const { stack } = folder;
  const lock = join(dirname(file), `.${basename(file)}.lock.info`);
  if (existsSync(lock))
    throw new CommandError(
      `Terraform is running on the local state of ${stack}, or was killed: nothing was moved. ${lock} says who started it, and when. Once that run has certainly ended, delete this file and run the same command again.`,
    );
  const here = read(file);
  // Not -migrate-state: it copies whatever state the folder last used, which may be another environment's.
  await terraformOn(folder, initArguments(folder), LEFT);
  const before = await pulled(folder, LEFT);
  if (before === undefined) await terraformOn(folder, ["state", "push", file], LEFT);
  else if (!same(before, here))
    throw new CommandError(
      `Nothing was overwritten: the bucket already has a different state of ${stack}. Compare the two: ${terraformLine(folder.path, "state", "list")}, and ${file}`,
    );
  const after = await pulled(folder, LEFT);
  if (after === undefined || !same(after, here))
    throw new CommandError(`The state in the bucket is not what was pushed: ${file} is left as it is.`);
  renameSync(file, `${file}.moved`);
  return `Moved the state of ${stack}: ${count(here)} resources kept`;
}

/** What to delete of a local state that was moved, and when. Not part of a step's title, which a terminal may break. */
export function movedStateLines(file: string, once: string): string {
  // The second is Terraform's own copy of the state before the last.
  const left = [`${file}.moved`, `${file}.backup`].filter(existsSync);
  const files = left.map((each) => argument(relative("", each))).join(" ");
  return `The local files contain secrets. Once ${once}, delete them:\n  rm ${files}`;
}

function read(file: string): State {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as State;
  } catch {
    throw new CommandError(
      `${file} is not a valid Terraform state: nothing was moved. Check it, and its .backup.`,
    );
  }
}

/**
 * Compares resources with all their attributes. Terraform gives a pushed state another lineage, and a newer Terraform writes
 * its resources with further keys.
 */
function same(...states: [State, State]): boolean {
  const [one, other] = states.map(({ resources = [] }) =>
    resources.map(({ mode, type, name, instances = [] }) => [
      [mode, type, name],
      instances.map(({ index_key, deposed, attributes }) => [index_key, deposed, attributes]),
    ]),
  );
  return isDeepStrictEqual(one, other);
}

function count({ resources = [] }: State): number {
  return resources
    .filter(({ mode }) => mode === "managed")
    .reduce((sum, { instances = [] }) => sum + instances.length, 0);
}
