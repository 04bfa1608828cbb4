import { join, relative, resolve } from "node:path";

/** Local state lies beside cdktf.json, whatever folder a command is run from. */
const PROJECT_FOLDER = join(__dirname, "..");

/** File of a stack's local state. */
export function localState(environment: string, stack: string): string {
  return join(PROJECT_FOLDER, `terraform.${environment}.${stack}.tfstate`);
}

/**
 * The same as the stack's folder, where Terraform runs, names it: relative, so that two checkouts synthesize the same. A
 * folder elsewhere may be reached by a symbolic link, behind which ".." leads to another place.
 */
export function localStateFrom(folder: string, environment: string, stack: string): string {
  const file = localState(environment, stack);
  return resolve(folder).startsWith(join(PROJECT_FOLDER, "/")) ? relative(resolve(folder), file) : file;
}
