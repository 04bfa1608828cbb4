import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./exit-codes";
import { cleanUpOnExit } from "./interrupt";

/** A folder that belongs to this run and that no other user can read. */
export interface PrivateFolder {
  readonly path: string;
  readonly remove: () => void;
}

/** Contains the id of the process that created it. */
const NAME = /^wbot-run-(\d+)-/;

const createdHere = new Set<string>();

/**
 * A folder for files with secrets: deleted when the program ends, together with any that killed runs left behind.
 * `parent`: by default the folder for temporary files.
 */
export function privateFolder(parent = tmpdir()): PrivateFolder {
  removeAbandoned(parent);
  const path = created(parent);
  createdHere.add(path);
  const clean = () => {
    rmSync(path, { recursive: true, force: true });
  };
  const forget = cleanUpOnExit(clean);
  return {
    path,
    remove: () => {
      clean();
      forget();
      createdHere.delete(path);
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

/** Best effort: another program may be doing the same. */
function removeAbandoned(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      if (isAbandoned(name, path) && isOwnedByUser(path)) rmSync(path, { recursive: true, force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

function isAbandoned(name: string, path: string): boolean {
  const pid = Number(NAME.exec(name)?.[1] ?? 0);
  // A killed program may have had the same id: in a container, ids start at 1 each time.
  return pid === process.pid ? !createdHere.has(path) : pid > 0 && !runs(pid);
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether this user owns it; false as well if another program has just removed it. */
function isOwnedByUser(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
