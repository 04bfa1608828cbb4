import { resourcesOf, type StackJson } from "../../stacks/stack-json";
import type { Change } from "../plan/change";
import { changesOf } from "../plan/changes";

/** What a stack that can't be planned yet would create, from what was synthesized. */
export function listedChanges(nameOf: (address: string) => string, stack: StackJson): Change[] {
  const created = resourcesOf(stack).map(({ type, address, body }) => ({
    address,
    mode: "managed",
    type,
    change: { actions: ["create"], before: null, after: body, after_unknown: {} },
  }));
  return changesOf({ nameOf }, { resource_changes: created }).map((change) => ({
    ...change,
    // Values are still Terraform expressions.
    differences: [],
    fingerprint: null,
  }));
}
