import { LOGS_KEPT_SHARE, LOKI_PUTS, SCALES, USAGE, type Scale, type Usage } from "../../environments/prices";
import { logGroup } from "../../environments/names";
import type { Settings } from "../../environments/schema";
import { mebibytes } from "../../environments/quantity";
import type { Resource } from "../../stacks/stack-json";

/**
 * What resources cost, by their type: how much of which line items of environments/prices.ts. Their bodies are as synthesized
 * or as in a state: a block is an object, or a list of objects.
 */

/** How much of a line item, in its unit; of items billed by the hour or month, how many of them. */
export interface Use {
  readonly item: string;
  readonly amount: Readonly<Record<Scale, number>>;
}

/** What a resource is seen with: the others of its stack, and the environment's assumed usage. */
interface Setting {
  readonly others: readonly Resource[];
  readonly usage: Usage;
}

type Rule = (body: Resource["body"], setting: Setting) => readonly Use[];

/** A resource that has no figure, and why. */
export class Unpriced extends Error {}

const use = (item: string, low: number, expected: number, full: number): Use => ({
  item,
  amount: { low, expected, full },
});
/** As much at every scale. */
const fixed = (item: string, amount = 1) => use(item, amount, amount, amount);
/** By the traffic. */
const used = (item: string, amount: number) =>
  use(item, amount * SCALES.low, amount * SCALES.expected, amount * SCALES.full);
/** By the number of nodes. */
const between = (item: string, min: number, max: number) => use(item, min, min, max);

const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined || value === null ? [] : [value];
const blocks = (value: unknown) => list(value) as readonly Resource["body"][];
const block = (value: unknown): Resource["body"] => blocks(value)[0] ?? {};
const of = (type: string, others: readonly Resource[]) => others.filter((other) => other.type === type);

const RULES: Readonly<Record<string, Rule>> = {
  aws_eks_cluster: (_, { usage }) => [fixed("eks.cluster"), used("data.zones", usage.zones)],
  aws_eks_node_group: nodes,
  aws_nat_gateway: (_, { others, usage }) => [
    fixed("nat.gateway"),
    used("nat.data", usage.nat / Math.max(1, of("aws_nat_gateway", others).length)),
  ],
  aws_eip: () => [fixed("ipv4")],
  aws_lb: ({ subnets, internal }, { usage }) => [
    fixed("nlb.hour"),
    ...(internal === true ? [] : [fixed("ipv4", list(subnets).length)]),
    used("nlb.data", usage.out),
    used("data.out", usage.out),
  ],
  aws_elasticache_replication_group: (body, { usage }) => [
    fixed(`${String(body["node_type"])} ${String(body["engine"])}`, Number(body["num_cache_clusters"])),
    // The newest snapshot is free.
    used("cache.backup", usage.snapshot * Math.max(0, Number(body["snapshot_retention_limit"] ?? 0) - 1)),
  ],
  aws_kms_key: () => [fixed("kms.key")],
  aws_secretsmanager_secret: () => [fixed("secret")],
  aws_cloudwatch_metric_alarm: alarm,
  aws_cloudwatch_log_group: logs,
  aws_s3_bucket: logBucket,
  aws_cloudwatch_event_rule: () => [fixed("check")],
  aws_ecr_repository: (_, { usage }) => [fixed("ecr", usage.images)],
  aws_vpc_endpoint: ({ vpc_endpoint_type: kind, subnet_ids: subnets }) =>
    kind === "Gateway" ? [] : [fixed("endpoint.hour", list(subnets).length)],
};

/**
 * Types that AWS doesn't charge for, or that are charged with another resource: a stream or flow log with its log group, a
 * function with its schedule, a launch template with its node group, listeners and target groups with their load balancer,
 * settings of a bucket with it. An alias of a load balancer is free with its queries, and so are a month's first thousand
 * e-mails. A budget is free without actions.
 */
const FREE: ReadonlySet<string> = new Set(
  `
  aws_budgets_budget aws_cloudwatch_event_target aws_cloudwatch_log_stream aws_default_security_group aws_ecr_lifecycle_policy
  aws_eks_access_entry aws_eks_access_policy_association aws_eks_addon aws_eks_pod_identity_association
  aws_elasticache_parameter_group aws_elasticache_subnet_group aws_elasticache_user aws_elasticache_user_group
  aws_flow_log aws_iam_role aws_iam_role_policy aws_iam_role_policy_attachment aws_internet_gateway aws_kms_alias
  aws_lambda_function aws_lambda_permission aws_launch_template aws_lb_listener aws_lb_target_group
  aws_route aws_route53_record aws_route_table aws_route_table_association
  aws_s3_bucket_lifecycle_configuration aws_s3_bucket_ownership_controls aws_s3_bucket_policy
  aws_s3_bucket_public_access_block aws_s3_bucket_server_side_encryption_configuration
  aws_secretsmanager_secret_version aws_security_group aws_sns_topic aws_sns_topic_policy aws_sns_topic_subscription
  aws_subnet aws_vpc aws_vpc_security_group_egress_rule aws_vpc_security_group_ingress_rule
  random_id random_password terraform_data
  `.split(/\s+/),
);

/** What a resource uses in a month. Throws Unpriced for a type that is neither priced nor free. */
export function usesOf(
  resource: Resource,
  others: readonly Resource[],
  tier: Settings["tier"],
): readonly Use[] {
  const { type, body } = resource;
  const rule = RULES[type];
  if (rule) return rule(body, { others, usage: USAGE[tier] });
  if (FREE.has(type)) return [];
  // Pods run on nodes that are counted; their volumes are the cluster's to make.
  if (type.startsWith("kubernetes_") || type === "helm_release") return volumes(body);
  throw new Unpriced("its type has no rule in commands/cost/uses.ts");
}

function nodes(body: Resource["body"], { others }: Setting): readonly Use[] {
  const { min_size: min, max_size: max } = block(body["scaling_config"]);
  const [least, most] = [Number(min), Number(max)];
  // On-demand nodes are of the first type while there is capacity; of spot ones it stands for all.
  const [first] = list(body["instance_types"]);
  const capacity = body["capacity_type"] === "SPOT" ? "spot" : "on-demand";
  const prefix = String(body["node_group_name_prefix"]);
  const template = of("aws_launch_template", others).find((each) =>
    String(each.body["name_prefix"]).endsWith(prefix),
  );
  if (!template) throw new Unpriced("its launch template was not found");
  const disks = blocks(template.body["block_device_mappings"]);
  const gib = sum(disks.map(({ ebs }) => Number(block(ebs)["volume_size"])));
  // Only public node subnets hand out addresses.
  const addressed = of("aws_subnet", others).some((each) => each.body["map_public_ip_on_launch"] === true);
  return [
    between(`${String(first)} ${capacity}`, least, most),
    between("gp3", least * gib, most * gib),
    ...(addressed ? [between("ipv4", least, most)] : []),
  ];
}

/** The alarm, and the metric of our own that it watches: no two watch the same one. */
function alarm(body: Resource["body"]): readonly Use[] {
  const metrics = blocks(body["metric_query"]).flatMap(({ metric }) => blocks(metric));
  const watched = metrics.length > 0 ? metrics : [body];
  const own = String(body["namespace"]).startsWith("wbot/");
  return [fixed("alarm", watched.length), ...(own ? [fixed("metric")] : [])];
}

function logs(
  { name, retention_in_days: days }: Resource["body"],
  { others, usage }: Setting,
): readonly Use[] {
  const silent = of("aws_eks_cluster", others).some(
    ({ body }) =>
      name === logGroup(String(body["name"])) && list(body["enabled_cluster_log_types"]).length === 0,
  );
  if (silent) return [];
  const found = Object.entries(usage.logs).find(([pattern]) => matches(String(name), pattern));
  if (!found) throw new Unpriced(`no usage is assumed for ${String(name)}: environments/prices.ts`);
  const [, written] = found;
  const months = Number(days) / 30;
  return [used("logs.in", written), used("logs.kept", written * months * LOGS_KEPT_SHARE)];
}

function matches(name: string, pattern: string): boolean {
  const [begins = "", ends = ""] = pattern.split("*");
  return name.startsWith(begins) && name.endsWith(ends);
}

/** Loki's, which holds what the pods print until its rule deletes it. */
function logBucket(_: Resource["body"], { others, usage }: Setting): readonly Use[] {
  const [lifecycle] = of("aws_s3_bucket_lifecycle_configuration", others);
  const [rule] = blocks(lifecycle?.body["rule"]);
  const { days } = block(rule?.["expiration"]);
  if (days === undefined) throw new Unpriced("nothing says how long its objects are kept");
  return [used("s3", usage.pods * (Number(days) / 30) * LOGS_KEPT_SHARE), fixed("s3.put", LOKI_PUTS)];
}

/** Volumes that pods claim: "requests: { storage }", or a chart's "persistence: { size }", times the replicas around it. */
function volumes(body: Resource["body"]): readonly Use[] {
  // A release's values are JSON in a list.
  const values = list(body["values"]).map(parsed);
  const gib = claimed({ ...body, values }, 1);
  return gib === 0 ? [] : [fixed("gp3", gib)];
}

function parsed(values: unknown): unknown {
  try {
    return JSON.parse(String(values));
  } catch {
    throw new Unpriced("the volumes in its values are unknown: they are not JSON");
  }
}

function claimed(value: unknown, replicas: number): number {
  if (Array.isArray(value)) return sum(value.map((each) => claimed(each, replicas)));
  if (typeof value !== "object" || value === null) return 0;
  const group = value as Readonly<Record<string, unknown>>;
  const each = Number(group["replicas"] ?? replicas) || replicas;
  const storage = block(group["requests"])["storage"];
  const { size, enabled = true } = block(group["persistence"]);
  return (
    (typeof storage === "string" ? each * gibibytes(storage) : 0) +
    (typeof size === "string" && enabled === true ? each * gibibytes(size) : 0) +
    sum(Object.values(group).map((below) => claimed(below, each)))
  );
}

function gibibytes(quantity: string): number {
  return mebibytes(quantity) / 1024;
}

function sum(all: readonly number[]): number {
  return all.reduce((a, b) => a + b, 0);
}
