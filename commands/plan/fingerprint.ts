import { hash as digest } from "node:crypto";
import { isManifest, type ResourceChange } from "../terraform/plan-json";
import type { Action } from "./change";
import type { Difference } from "./differences";
import type { Succession } from "./successions";
import { isGroup, Redacted, UNKNOWN, without, type Values } from "./redact";

/**
 * The hash of a change, the same in two plans of one state and one configuration. Only the differences of an update count,
 * so values that change by themselves, such as the autoscaler's number of pods, don't matter. Secrets count as
 * "(sensitive)", so that the hash can't be used to guess them.
 *
 * @param resource with secrets redacted
 */
export function changeFingerprint(
  resource: Succession,
  action: Action,
  differ: readonly Difference[],
): string {
  const { address, previous_address: previous, deposed, change, replaces } = resource;
  return hash({
    address,
    actions: change.actions,
    previous,
    deposed,
    replaces,
    importing: change.importing?.id,
    forcing: change.replace_paths,
    ...content(resource, action, differ),
  });
}

function content({ type, change }: ResourceChange, action: Action, differ: readonly Difference[]): object {
  const after = isGroup(change.after) ? change.after : {};
  switch (action) {
    case "update":
      // The old value of something computed, such as a version, may have moved on.
      return {
        differ: differ
          .filter(({ path }) => type !== NODE_GROUP || path.join(".") !== NODE_COUNT)
          .map((each) => (each.after === UNKNOWN ? { ...each, before: undefined } : each)),
      };
    case "create":
    case "replace": {
      const secrets = differ
        .filter(({ after: value }) => [value].flat().some((each) => each instanceof Redacted))
        .map(({ path }) => path);
      return {
        // A manifest's `object` is the cluster's version, not what was written.
        after: isManifest(type) ? without(after, "object") : withoutNodeCount(type, after),
        // In `after`, a secret that changes looks like one that doesn't.
        secrets: secrets.length === 0 ? undefined : secrets,
      };
    }
    default:
      return { id: isGroup(change.before) ? change.before["id"] : undefined };
  }
}

/** How many nodes a group has is up to the autoscaler: a plan takes it from the cluster. A removal shows in the risk. */
const NODE_GROUP = "aws_eks_node_group";
const NODE_COUNT = "scaling_config.0.desired_size";

function withoutNodeCount(type: string, values: Values): Values {
  const { scaling_config: scaling } = values;
  if (type !== NODE_GROUP || !Array.isArray(scaling)) return values;
  const bounds = scaling.map((each: unknown) => (isGroup(each) ? without(each, "desired_size") : each));
  return { ...values, scaling_config: bounds };
}

/** The hash of a value's JSON, with keys sorted at every level, and without unset values. */
function hash(value: unknown): string {
  const sorted = (_: string, each: unknown): unknown => {
    if (!isGroup(each)) return each;
    const entries = Object.entries(each).filter(([, inner]) => inner !== undefined && inner !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return digest("sha256", JSON.stringify(value, sorted));
}
