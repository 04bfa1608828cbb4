import { join, relative, resolve } from "node:path";
import { PROJECT } from "../project";
import type { Settings } from "./schema";

/** A stack's local state file: next to cdktf.json, whatever folder a command runs from. */
export function localState(environment: string, stack: string): string {
  return join(PROJECT, `terraform.${environment}.${stack}.tfstate`);
}

/** Prefix of all states in a bucket. */
const STATES = "wbot/";

/** Prefix of an environment's states in a bucket. */
export function statesOf(environment: string): string {
  return `${STATES}${environment}/`;
}

/** A state's key in a bucket. */
export function stateKey(environment: string, stack: string): string {
  return `${statesOf(environment)}${stack}.tfstate`;
}

/** The same for a stack of several environments: outside each one's prefix, so that CI's roles can't read it. */
export function sharedStateKey(stack: string): string {
  return `${STATES}${stack}.tfstate`;
}

/** The region of an environment's state bucket. */
export function stateRegion({ state, region }: Pick<Settings, "state" | "region">): string {
  return (state.kind === "s3" ? state.region : undefined) ?? region;
}

/**
 * The same file from the stack's folder, where Terraform runs: relative, so that all checkouts synthesize the same. For
 * a folder outside the project it is absolute: behind a symbolic link, ".." would lead elsewhere.
 */
export function localStateFrom(folder: string, environment: string, stack: string): string {
  const file = localState(environment, stack);
  return resolve(folder).startsWith(join(PROJECT, "/")) ? relative(resolve(folder), file) : file;
}
