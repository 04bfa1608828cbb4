import { join } from "node:path";

/** Local state lies beside cdktf.json, whatever folder a command is run from. */
const PROJECT_FOLDER = join(__dirname, "..");

/** File of a stack's local state. */
export function localState(environment: string, stack: string): string {
  return join(PROJECT_FOLDER, `terraform.${environment}.${stack}.tfstate`);
}
