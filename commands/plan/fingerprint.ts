import { createHash } from "node:crypto";
import { isManifest, type ResourceChange } from "../terraform/plan-json";
import type { Action, Change } from "./change";
import type { Difference } from "./differences";

import { isGroup, UNKNOWN, redacted, without } from "./redact";

/**
 * A change as a hash, the same in two plans of one state and one configuration. Of an update only what differs counts:
 * what moves by itself, such as the number of pods that the autoscaler chose, is in every plan. Secrets count as
 * "(sensitive)", so that nobody can try values against it.
 */
export function changeFingerprint(
  resource: ResourceChange,
  action: Action,
  differ: readonly Difference[],
  secrets: readonly string[],
): string {
  const { address, previous_address: previous, deposed, change } = resource;
  return hash({
    address,
    actions: change.actions,
    previous,
    deposed,
    importing: change.importing?.id,
    forcing: change.replace_paths,
    ...content(resource, action, differ, secrets),
  });
}

function content(
  resource: ResourceChange,
  action: Action,
  differ: readonly Difference[],
  secrets: readonly string[],
): object {
  switch (action) {
    case "update":
      // What something was that will be known later, such as a version, may have moved on.
      return {
        differ: differ.map((each) => (each.after === UNKNOWN ? { ...each, before: undefined } : each)),
      };
    case "create":
    case "replace":
      return { after: withoutObject(resource.type, redacted(resource, "after", secrets)) };
    default:
      return { id: idOf(redacted(resource, "before", secrets)) };
  }
}

/** Which one it is that goes. */
function idOf(values: unknown): unknown {
  return isGroup(values) ? values["id"] : undefined;
}

/** As the cluster has it, which is not what was written. */
function withoutObject(type: string, values: unknown): unknown {
  if (!isManifest(type) || !isGroup(values)) return values;
  return without(values, "object");
}

/** A whole stack's plan as a hash, whatever the order of its changes. */
export function stackFingerprint(changes: readonly Pick<Change, "fingerprint">[]): string {
  return hash(changes.map(({ fingerprint }) => fingerprint).sort());
}

function hash(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex");
}

/** With the keys of every group in one order, and without what is not set. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isGroup(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]),
  );
}
