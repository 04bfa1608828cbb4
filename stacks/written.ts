import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../environments";
import { STACKS } from "./stack-names";

/** Checksum of what was synthesized last into a stack's folder, beside it; a program around Terraform may edit the stack. */
const FILE = "cdk.tf.json.sha256";

/** Notes, for the other commands of this checkout, what was just synthesized. */
export function noteWritten({ name }: Environment, outdir: string): void {
  for (const stack of STACKS) noteStack(join(outdir, name, "stacks", stack));
}

/** The same for one stack's folder. */
export function noteStack(path: string): void {
  const checksum = createHash("sha256")
    .update(readFileSync(join(path, "cdk.tf.json")))
    .digest("hex");
  const unfinished = join(path, `${FILE}.${process.pid}`);
  writeFileSync(unfinished, checksum);
  renameSync(unfinished, join(path, FILE));
}

/** What was synthesized last into a stack's folder; undefined where nothing was noted. */
export function lastWritten(path: string): string | undefined {
  const file = join(path, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
