import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOptions } from "../constructs/environment-stack";
import type { Environment } from "../environments";
import type { Bootstrap } from "../environments/bootstrap";
import type { BootstrapOptions } from "./bootstrap";
import { putLock } from "./lock";
import { BOOTSTRAP, STACKS, stackPath, type AnyStackName } from "./stack-names";
import { synthesize, synthesizeBootstrap } from "./synthesize";

export type { StackOptions };

/** Checksum of the last synthesized stack, next to it: a Terraform wrapper may edit the stack itself. */
const CHECKSUM_FILE = "cdk.tf.json.sha256";

/** Writes both stacks and their lock files for Terraform. */
export function writeStacks(environment: Environment, outdir: string, options?: StackOptions): void {
  synthesize(environment, outdir, options);
  for (const stack of STACKS) finish(environment, stack, stackPath(environment, stack, outdir));
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
  finish(environment, BOOTSTRAP, path);
  return path;
}

/** Records, for the other commands of this checkout, what was just synthesized, and adds the lock file. */
function finish(environment: Environment, stack: AnyStackName, path: string): void {
  const checksum = createHash("sha256")
    .update(readFileSync(join(path, "cdk.tf.json")))
    .digest("hex");
  const unfinished = join(path, `${CHECKSUM_FILE}.${process.pid}`);
  writeFileSync(unfinished, checksum);
  renameSync(unfinished, join(path, CHECKSUM_FILE));
  putLock(environment, stack, path);
}

/** Checksum of the stack last synthesized into a folder; undefined if none was recorded. */
export function lastWritten(path: string): string | undefined {
  const file = join(path, CHECKSUM_FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
