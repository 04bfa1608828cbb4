import { terraformLine } from "../../stacks/command-lines";
import { differing, type ResourceChange } from "../terraform/plan-json";
import type { Values } from "./redact";
import { objectName } from "./successions";

const PROTECTED =
  "It is still protected from deletion: first deploy `protection: false` alone, without the change that deletes or replaces this.";
const ENGINE =
  "Changing the engine would fail halfway, because Redis OSS doesn't accept Valkey users, and a user can't be deleted while it is in a group: use another environment or, in development, deploy redis.kind `in-cluster` first, then the other engine.";

/** The argument without which AWS refuses to delete one that isn't empty. In other types it means something else. */
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
    return `The replacement would be created first, and a second one with ${conflict} is refused. ${alternative(path, resource)}`;
  if (change.actions.includes("delete") && isProtected(resource)) return PROTECTED;
  const key = lostKey(resource);
  if (key !== undefined)
    return `EKS can't change a cluster's key: the cluster keeps ${key}, and can't be repaired once that key is deleted. To cancel a scheduled deletion and restore the key to the state: docs/recovery.md, "The KMS key".`;
  const isKept = change.before !== null && change.after !== null;
  return type === "aws_elasticache_replication_group" && isKept && differing(change).includes("engine")
    ? ENGINE
    : undefined;
}

/**
 * The key of a cluster's secrets, if the plan has another one: Terraform takes a key that is scheduled for deletion for gone,
 * makes a new one, and plans an update of the cluster that changes nothing.
 */
function lostKey({ type, change: { actions, before, after } }: ResourceChange): string | undefined {
  const [was, is] = [before, after].map(
    (values) => (values as Encrypted | null)?.encryption_config?.[0]?.provider?.[0]?.key_arn,
  );
  return type === "aws_eks_cluster" && actions.includes("update") && was !== is ? was : undefined;
}

interface Encrypted {
  readonly encryption_config?: readonly { readonly provider?: readonly { readonly key_arn?: string }[] }[];
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

/**
 * Terraform's arguments by which AWS or Kubernetes tells two resources of a type apart: a second one with the same values is
 * refused. For the types that Terraform replaces with the new one first: those that the stacks ask it of (node groups, target
 * groups, middlewares) and all that these depend on, since Terraform extends the order to them.
 *
 * @see https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#create_before_destroy
 */
export const UNIQUE_BY: Readonly<Record<string, readonly string[]>> = {
  aws_cloudwatch_log_group: ["name"],
  aws_eks_access_entry: ["cluster_name", "principal_arn"],
  aws_eks_access_policy_association: ["cluster_name", "principal_arn", "policy_arn"],
  aws_eks_addon: ["cluster_name", "addon_name"],
  aws_eks_cluster: ["name"],
  aws_eks_pod_identity_association: ["cluster_name", "namespace", "service_account"],
  aws_elasticache_parameter_group: ["name"],
  aws_iam_role: ["name"],
  // AWS would accept a second one: it is the same, and then deleted as the old one.
  aws_iam_role_policy: ["role", "name"],
  aws_iam_role_policy_attachment: ["role", "policy_arn"],
  // A VPC has one, an address serves one, and a subnet's range may not overlap another's.
  aws_internet_gateway: ["vpc_id"],
  aws_nat_gateway: ["allocation_id"],
  aws_subnet: ["vpc_id", "cidr_block"],
  aws_route: ["route_table_id", "destination_cidr_block"],
  aws_route_table_association: ["subnet_id"],
  aws_security_group: ["vpc_id", "name"],
  // Under its service's usual name.
  aws_vpc_endpoint: ["vpc_id", "service_name"],
  aws_vpc_security_group_ingress_rule:
    "security_group_id cidr_ipv4 prefix_list_id referenced_security_group_id from_port".split(" "),
  kubernetes_config_map_v1: ["name"],
  kubernetes_manifest: ["name"],
};

/**
 * The names by which AWS refuses a replacement, such as `name "wbot-dev"`: the new one comes first, and they are still the
 * old one's. Undefined if there are none in the way.
 */
function takenNames({ type, change }: ResourceChange): string | undefined {
  const identifying = UNIQUE_BY[type];
  if (identifying === undefined || change.actions.join() !== "create,delete") return undefined;
  const named = (values: unknown): Values => ({ ...(values as Values), name: objectName(values) });
  const [before, after] = [named(change.before), named(change.after)];
  const changed = differing({ ...change, before, after });
  if (identifying.some((argument) => changed.includes(argument))) return undefined;
  return Object.entries(after)
    .filter(([argument, value]) => identifying.includes(argument) && value !== null)
    .map(([argument, value]) => `${argument} ${JSON.stringify(value)}`)
    .join(", ");
}
