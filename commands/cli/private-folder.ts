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

function removeLeft(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    const path = join(parent, name);
    // A killed program may have had this one's id: in a container, ids begin at 1 each time.
    const isLeft = pid === process.pid ? !ours.has(path) : pid > 0 && !runs(pid);
    if (isLeft && isOurs(path)) rmSync(path, { recursive: true, force: true });
  }
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
