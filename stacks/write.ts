import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOptions } from "../constructs/environment-stack";
import type { Environment } from "../environments";
import { refuseShortfalls } from "./capacity";
import type { Bootstrap } from "../environments/bootstrap";
import type { BootstrapOptions } from "./bootstrap";
import { putLock, putLocks } from "./lock";
import { BOOTSTRAP, STACKS } from "./stack-names";
import { synthesize, synthesizeBootstrap } from "./synthesize";

export type { StackOptions };

/** Checksum of the last synthesized stack, next to it: a Terraform wrapper may edit the stack itself. */
const FILE = "cdk.tf.json.sha256";

/** Writes both stacks and their lock files for Terraform. Refuses pods that don't fit, unless checks are off. */
export function writeStacks(environment: Environment, outdir: string, options?: StackOptions): void {
  if (options?.checks !== false) refuseShortfalls(environment);
  putStacks(environment, outdir, options);
}

/** The same, without checking that the pods fit. */
export function putStacks(environment: Environment, outdir: string, options?: StackOptions): void {
  synthesize(environment, outdir, options);
  noteWritten(environment, outdir);
  putLocks(environment, outdir);
}

/** Writes the bootstrap stack, and returns where Terraform runs. `environment` is any of its environments. */
export function writeBootstrap(
  environment: Environment,
  bootstrap: Bootstrap,
  outdir: string,
  options: BootstrapOptions,
): string {
  synthesizeBootstrap(bootstrap, outdir, options);
  const path = join(outdir, "stacks", BOOTSTRAP);
  noteStack(path);
  putLock(environment, BOOTSTRAP, path);
  return path;
}

/** Records, for the other commands of this checkout, what was just synthesized. */
function noteWritten({ name }: Environment, outdir: string): void {
  for (const stack of STACKS) noteStack(join(outdir, name, "stacks", stack));
}

/** The same for one stack's folder. */
function noteStack(path: string): void {
  const checksum = createHash("sha256")
    .update(readFileSync(join(path, "cdk.tf.json")))
    .digest("hex");
  const unfinished = join(path, `${FILE}.${process.pid}`);
  writeFileSync(unfinished, checksum);
  renameSync(unfinished, join(path, FILE));
}

/** Checksum of the stack last synthesized into a folder; undefined if none was recorded. */
export function lastWritten(path: string): string | undefined {
  const file = join(path, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
