import type { Environment } from "../../environments";
import type { StackFolder } from "../terraform/stack-folder";
import { ACTIONS, type Action, type PlannedChanges } from "./change";

type Counted = Pick<PlannedChanges, "changes" | "outputs">;

/** What was done to a resource, in one word. */
export const DONE: Readonly<Record<Action, string>> = {
  delete: "deleted",
  replace: "replaced",
  update: "updated",
  forget: "forgotten",
  import: "imported",
  move: "moved",
  create: "created",
};

/** "1 to replace, 3 to create", "only outputs to change", or "nothing to change". */
export function summary(planned: Counted): string {
  return counted(planned, (action) => `to ${action}`, "to change");
}

/** "1 replaced, 3 created", "only outputs changed", or "nothing changed". */
export function outcome(planned: Counted): string {
  return counted(planned, (action) => DONE[action], "changed");
}

function counted({ changes, outputs }: Counted, word: (action: Action) => string, change: string): string {
  const words = ACTIONS.flatMap((action) => {
    const count = changes.filter((each) => each.action === action).length;
    return count === 0 ? [] : [`${count} ${word(action)}`];
  });
  if (words.length > 0) return words.join(", ");
  return `${outputs.length > 0 ? "only outputs" : "nothing"} ${change}`;
}

/** How the refusal of a planned deploy begins. */
export function notDeployed({ name }: Environment, { stack }: Pick<StackFolder, "stack">): string {
  return `Nothing in ${stack} was deployed to ${name}`;
}
