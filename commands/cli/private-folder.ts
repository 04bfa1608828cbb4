import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./exit-codes";
import { cleanUpOnExit } from "./interrupt";

/** A folder that belongs to this run and that no other user can read. */
interface PrivateFolder {
  readonly path: string;
  readonly remove: () => void;
}

/** Contains the id of the process that created it. */
const NAME = /^wbot-run-(\d+)-/;

/** Folders that this run has looked through. */
const swept = new Set<string>();

/**
 * A folder for files with secrets: deleted when the program ends, together with any that killed runs left behind.
 * `parent`: by default the folder for temporary files.
 */
export function privateFolder(parent = tmpdir()): PrivateFolder {
  if (!swept.has(parent)) removeAbandoned(parent);
  swept.add(parent);
  const path = created(parent);
  const clean = () => {
    rmSync(path, { recursive: true, force: true });
  };
  const forget = cleanUpOnExit(clean);
  return {
    path,
    remove: () => {
      clean();
      forget();
    },
  };
}

function created(parent: string): string {
  try {
    // With mode 0700.
    return mkdtempSync(join(parent, `wbot-run-${process.pid}-`));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || parent !== tmpdir()) throw error;
    throw new CommandError(
      `No temporary folder can be created in ${parent} (${code}): export TMPDIR=<a folder that this user can write>`,
    );
  }
}

/** Hands out such a folder, which is gone afterwards. */
export async function withPrivateFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const { path, remove } = privateFolder();
  try {
    return await use(path);
  } finally {
    remove();
  }
}

/** Before this run has any, so that one with its id is of a killed run: in a container, ids start at 1 each time. */
function removeAbandoned(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const pid = Number(NAME.exec(name)?.[1] ?? 0);
      if (pid === 0 || (pid !== process.pid && runs(pid))) continue;
      const path = join(parent, name);
      const isOurs = statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
      if (isOurs) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Another run may be doing the same.
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
