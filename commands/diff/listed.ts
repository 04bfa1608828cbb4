import { resourcesOf, type StackJson } from "../../stacks/stack-json";
import type { Change } from "../plan/change";
import { labelsOf } from "../plan/labels";
import { kindOf } from "../terraform/plan-json";

/** What a stack would make that can't be planned yet, from what was synthesized. */
export function listedChanges(nameOf: (address: string) => string, stack: StackJson): Change[] {
  return resourcesOf(stack)
    .map(({ type: section, address, body }): Change => {
      const change = { actions: ["create"], before: null, after: body, after_unknown: {} };
      const type = kindOf({ type: section, change });
      return {
        address,
        name: nameOf(address),
        type,
        action: "create",
        risk: "low",
        why: "",
        labels: labelsOf(type, []),
        forcedBy: [],
        differences: [],
        fingerprint: null,
      };
    })
    .sort((a, b) => b.labels.length - a.labels.length || a.name.localeCompare(b.name));
}
