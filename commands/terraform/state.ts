import { printedJson, terraformOutput } from "./program";
import type { StackFolder } from "./stack-folder";

/** The parts of Terraform's state that are used here. It contains secrets, so it stays in memory. */
export interface State {
  /** Empty if no state was ever written. */
  readonly lineage: string;
  /** Raised by each write. */
  readonly serial?: number;
  readonly resources?: readonly {
    readonly mode: string;
    readonly type?: string;
    readonly name?: string;
    readonly instances?: readonly {
      readonly index_key?: string | number;
      /** Key of an old object that a replacement could not destroy. */
      readonly deposed?: string;
      readonly attributes?: object;
    }[];
  }[];
}

/** The state in the backend of `folder`, which must be initialized; undefined if there is none yet. */
export async function pulled(folder: StackFolder, left: string): Promise<State | undefined> {
  const text = await terraformOn(folder, ["state", "pull"], left);
  if (text.trim() === "") return undefined;
  const state = printedJson(text, "state pull", `The state of ${folder.stack} can't be read`) as State;
  // Terraform reports a state that was never written as one without a lineage.
  return state.lineage === "" ? undefined : state;
}

/** Runs Terraform, and returns what it prints. `left`: what an error leaves as it is, for its message. */
export function terraformOn(folder: StackFolder, args: readonly string[], left: string): Promise<string> {
  const failure = `terraform ${args.slice(0, 2).join(" ")} failed for ${folder.stack}, and ${left}`;
  return terraformOutput(folder, args, failure);
}
