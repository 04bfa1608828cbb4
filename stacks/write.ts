import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOptions } from "../constructs/environment-stack";
import type { Environment } from "../environments";
import { refuseShortfalls } from "./capacity";
import { putLocks } from "./lock";
import { STACKS } from "./stack-names";
import { synthesize } from "./synthesize";

export type { StackOptions };

/** Checksum of what was synthesized last into a stack's folder, beside it; a program around Terraform may edit the stack. */
const FILE = "cdk.tf.json.sha256";

/** Writes both stacks for Terraform, with their lock files beside them. What has no room is refused, unless it is to go. */
export function writeStacks(environment: Environment, outdir: string, options?: StackOptions): void {
  if (options?.checks !== false) refuseShortfalls(environment);
  putStacks(environment, outdir, options);
}

/** The same, whether or not it has room. */
export function putStacks(environment: Environment, outdir: string, options?: StackOptions): void {
  synthesize(environment, outdir, options);
  noteWritten(environment, outdir);
  putLocks(environment, outdir);
}

/** Notes, for the other commands of this checkout, what was just synthesized. */
function noteWritten({ name }: Environment, outdir: string): void {
  for (const stack of STACKS) {
    const path = join(outdir, name, "stacks", stack);
    const checksum = createHash("sha256")
      .update(readFileSync(join(path, "cdk.tf.json")))
      .digest("hex");
    const unfinished = join(path, `${FILE}.${process.pid}`);
    writeFileSync(unfinished, checksum);
    renameSync(unfinished, join(path, FILE));
  }
}

/** What was synthesized last into a stack's folder; undefined where nothing was noted. */
export function lastWritten(path: string): string | undefined {
  const file = join(path, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
