import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { app } from "../cdktf.json";

/** Arguments by which Node, started in the project's folder, runs its TypeScript, as cdktf does. */
export const TYPESCRIPT: readonly string[] = app.split(" ").slice(1, -1);

/**
 * Where a test writes programs of its own, and leaves them: always the same, so that what was compiled of them is kept, also
 * for the next run.
 */
export function programFolder(test: string): string {
  const folder = join(__dirname, "..", "node_modules", ".cache", "wbot", "programs", test);
  mkdirSync(folder, { recursive: true });
  return folder;
}
