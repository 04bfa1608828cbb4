import { join, relative, resolve } from "node:path";
import { PROJECT } from "../project";

/** A stack's local state file: next to cdktf.json, whatever folder a command runs from. */
export function localState(environment: string, stack: string): string {
  return join(PROJECT, `terraform.${environment}.${stack}.tfstate`);
}

/** Its key in a state bucket. */
export function stateKey(environment: string, stack: string): string {
  return `wbot/${environment}/${stack}.tfstate`;
}

/**
 * The same file from the stack's folder, where Terraform runs: relative, so that all checkouts synthesize the same. For
 * a folder outside the project it is absolute: behind a symbolic link, ".." would lead elsewhere.
 */
export function localStateFrom(folder: string, environment: string, stack: string): string {
  const file = localState(environment, stack);
  return resolve(folder).startsWith(join(PROJECT, "/")) ? relative(resolve(folder), file) : file;
}
