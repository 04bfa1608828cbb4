import { terraformLine } from "../../stacks/command-lines";
import { differing, type ResourceChange } from "../terraform/plan-json";
import { takenNames } from "./taken-names";

const PROTECTED =
  "It is still protected from deletion: first deploy `protection: false` alone, without the change that deletes or replaces this.";
const ENGINE =
  "Another engine would be refused halfway, since Redis OSS doesn't accept Valkey users, and a user can't be deleted while it is in a group: use another environment, or in development deploy redis.kind `in-cluster` first, and then the other engine.";

/** The argument without which AWS refuses to delete one that isn't empty. Of other types it means something else. */
const FORCE_ARGUMENT: Readonly<Record<string, string>> = {
  aws_ecr_repository: "force_delete",
  aws_s3_bucket: "force_destroy",
};

/**
 * Why AWS would refuse a change in the middle of an apply, after what depends on it is gone, and what to do instead;
 * undefined for every other change.
 *
 * @param path The stack's folder.
 */
export function refusedChange(path: string, resource: ResourceChange): string | undefined {
  const { type, change } = resource;
  const conflict = takenNames(resource);
  if (conflict !== undefined)
    return `The new one is created first, and a second one with ${conflict} is refused. ${alternative(path, resource)}`;
  if (change.actions.includes("delete") && isProtected(resource)) return PROTECTED;
  const isKept = change.before !== null && change.after !== null;
  return type === "aws_elasticache_replication_group" && isKept && differing(change).includes("engine")
    ? ENGINE
    : undefined;
}

/** A tainted resource is there, and may be whole: nothing forces its replacement. */
function alternative(path: string, { address, action_reason: reason }: ResourceChange): string {
  return reason === "replace_because_tainted"
    ? `If it works, or an update can repair it, keep it; the next plan shows what still has to change: ${terraformLine(path, "untaint", address)}`
    : "Undo the change that forces it, or deploy another environment and migrate to it.";
}

/** Whether AWS refuses to delete it as it was deployed: Terraform deletes it as it is, whatever the settings say by now. */
export function isProtected({ type, change }: ResourceChange): boolean {
  const before = Object.entries(change.before ?? {});
  return before.some(
    ([name, value]) =>
      (name.includes("deletion_protection") && value === true) ||
      (name === FORCE_ARGUMENT[type] && value === false),
  );
}
