import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanUpOnExit } from "./interrupt";

/** A folder of this run's own, which no other user may read. */
export interface PrivateFolder {
  readonly path: string;
  readonly remove: () => void;
}

/** With the id of the process that made it. */
const NAME = /^wbot-run-(\d+)-/;

const ours = new Set<string>();

/**
 * A folder for what holds secrets: gone when the program ends, and what killed ones have left beside it is removed.
 * `parent`: by default that of temporary files.
 */
export function privateFolder(parent = tmpdir()): PrivateFolder {
  removeLeft(parent);
  // Of mode 0700.
  const path = mkdtempSync(join(parent, `wbot-run-${process.pid}-`));
  ours.add(path);
  const clean = () => {
    rmSync(path, { recursive: true, force: true });
  };
  const forget = cleanUpOnExit(clean);
  return {
    path,
    remove: () => {
      clean();
      forget();
      ours.delete(path);
    },
  };
}

/** Hands out such a folder, which is gone afterwards. */
export async function withPrivateFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const { path, remove } = privateFolder();
  try {
    return await use(path);
  } finally {
    remove();
  }
}

/** As far as the system lets it: another program may be doing the same. */
function removeLeft(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      if (isLeft(name, path) && isOurs(path)) rmSync(path, { recursive: true, force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

function isLeft(name: string, path: string): boolean {
  const pid = Number(NAME.exec(name)?.[1] ?? 0);
  // A killed program may have had this one's id: in a container, ids begin at 1 each time.
  return pid === process.pid ? !ours.has(path) : pid > 0 && !runs(pid);
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Whether this user made it; false also where another program has just removed it. */
function isOurs(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
