import type { ResourceChange } from "../terraform/plan-json";

/**
 * By what AWS or Kubernetes tells two resources of a type apart, as Terraform's arguments: a second one with the same values is
 * refused. Of the types that Terraform replaces with the new one first: those that the stacks ask it of (node groups, target
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
  kubernetes_config_map_v1: ["metadata"],
  kubernetes_manifest: ["manifest"],
};

interface Metadata {
  readonly name?: unknown;
}
interface Manifest {
  readonly metadata?: Metadata;
}

/**
 * The names by which AWS refuses a replacement, such as `name "wbot-dev"`: the new one comes first, and they are still the
 * old one's. Undefined if there are none in the way.
 */
export function takenNames({ type, change }: ResourceChange): string | undefined {
  const identifying = UNIQUE_BY[type];
  if (identifying === undefined || change.actions[0] !== "create" || change.actions.length < 2)
    return undefined;
  const [before, after, unknown] = [change.before, change.after, change.after_unknown].map(
    (each) => (each ?? {}) as Readonly<Record<string, unknown>>,
  );
  const same = (argument: string) =>
    unknown?.[argument] !== true && nameIn(before?.[argument]) === nameIn(after?.[argument]);
  if (!identifying.every(same)) return undefined;
  return identifying
    .filter((argument) => (after?.[argument] ?? null) !== null)
    .map((argument) => `${argument} ${nameIn(after?.[argument])}`)
    .join(", ");
}

/** As JSON; of a Kubernetes object's metadata, or its whole manifest, only the name. */
function nameIn(value: unknown): string {
  const metadata: unknown = Array.isArray(value)
    ? value[0]
    : (value as Manifest | null | undefined)?.metadata;
  return JSON.stringify((metadata as Metadata | undefined)?.name ?? value ?? null);
}
