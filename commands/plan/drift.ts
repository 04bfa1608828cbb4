import { kindOf, type PlanJson, type ResourceChange } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import type { Drift } from "./change";
import { indexless, shownOf, redactedDifferences } from "./changes";
import { pathText, shownDifference, type Difference } from "./differences";
import { secretsOf, UNKNOWN } from "./redact";

/**
 * Changes made outside Terraform that the plan responds to. Terraform finds much more (an autoscaler's counts, status,
 * versions): only what the plan sets, or what its changes derive from, is reported.
 */
export function drift({ nameOf }: Pick<StackFolder, "nameOf">, json: PlanJson): Drift[] {
  const secrets = secretsOf(json);
  const planned = new Map(
    (json.resource_changes ?? []).filter(isChanged).map((resource) => [resource.address, resource]),
  );
  return (json.resource_drift ?? [])
    .filter(({ mode }) => mode === "managed")
    .flatMap((drifted) => {
      const plan = planned.get(drifted.address);
      const deleted = drifted.change.actions[0] === "delete";
      const set =
        plan === undefined ? [] : redactedDifferences(plan, secrets).filter(({ after }) => after !== UNKNOWN);
      const found = deleted
        ? []
        : shownOf(drifted, redactedDifferences(drifted, secrets)).filter(
            (each) => isSet(each, set) || isRelevant(drifted, each, json),
          );
      if (found.length === 0 && !(deleted && plan !== undefined)) return [];
      return [
        {
          address: drifted.address,
          name: nameOf(drifted.address),
          type: kindOf(drifted),
          deleted,
          differences: found.map(shownDifference),
        },
      ];
    });
}

function isChanged({ mode, change }: ResourceChange): boolean {
  return mode === "managed" && !["no-op", "read"].includes(change.actions[0] ?? "");
}

function isSet({ path }: Difference, set: readonly Difference[]): boolean {
  return set.some((each) => within(path, each.path) || within(each.path, path));
}

function isRelevant({ address }: ResourceChange, { path }: Difference, json: PlanJson): boolean {
  return (json.relevant_attributes ?? []).some(
    ({ resource, attribute }) => indexless(resource) === indexless(address) && within(path, attribute),
  );
}

function within(path: Difference["path"], outer: Difference["path"]): boolean {
  const [inner, around] = [pathText(path), pathText(outer)];
  return inner === around || inner.startsWith(`${around}.`) || inner.startsWith(`${around}[`);
}
