import { resourcesOf, type StackJson } from "../../stacks/stack-json";
import { kindOf } from "../terraform/plan-json";
import { labelsOf, meaningOf } from "./meanings";
import type { ReportedChange } from "./report";

/** What a stack would make that can't be planned yet, from what was synthesized. */
export function listedChanges(nameOf: (address: string) => string, stack: StackJson): ReportedChange[] {
  return resourcesOf(stack)
    .map(({ type: section, address, body }): ReportedChange => {
      const change = { actions: ["create"], before: null, after: body, after_unknown: {} };
      const type = kindOf({ type: section, change });
      const [risk, meaning] = meaningOf(type, "create");
      return {
        address,
        name: nameOf(address),
        type,
        action: "create",
        risk,
        labels: labelsOf(type, []),
        meaning,
        forcedBy: [],
        differences: [],
        fingerprint: null,
      };
    })
    .sort((a, b) => b.labels.length - a.labels.length || a.name.localeCompare(b.name));
}
