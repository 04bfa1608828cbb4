import { sizeOf } from "../../environments/instance-types";
import { many } from "../cli/finding";
import type { ResourceChange } from "../terraform/plan-json";
import type { Action, Risk } from "./change";
import type { Difference } from "./differences";

/** How bad it is, and why: a clause without a full stop. */
type Harm = readonly [risk: Risk, why: string];
/** Terraform's types, or kinds of custom resources, by risk and reason. */
type Table = Readonly<Partial<Record<Risk, Readonly<Record<string, string>>>>>;

/** What breaks while it is missing: once deleted, or until its replacement is ready. */
export const GONE: Table = {
  high: {
    "The network is deleted with everything in it: the product is down": "aws_vpc",
    "Nodes, Redis and load balancer must leave it first": "aws_subnet",
    "Nothing gets in or out of the network": "aws_internet_gateway",
    "Nodes in its zone can reach neither model providers nor image registries": "aws_nat_gateway",
    "Its traffic has no route": "aws_route aws_route_table",
    "The subnet uses the VPC's main route table": "aws_route_table_association",
    "Traffic that it allows is blocked": "aws_security_group",
    "Nobody can reach the product": "aws_lb",
    "Its port is closed to everyone": "aws_lb_listener",
    "Its traffic has nowhere to go": "aws_lb_target_group",
    "The name doesn't resolve": "aws_route53_record",
    "The cluster is deleted with all its pods, volumes and certificates, including those from outside this project: the product is down":
      "aws_eks_cluster",
    "Its nodes are drained: pods that fit nowhere else stay pending": "aws_eks_node_group",
    "Pods may get no network, DNS, volumes or AWS credentials": "aws_eks_addon",
    "New pods of that controller get no AWS credentials": "aws_eks_pod_identity_association",
    "Whatever uses it has no permissions in AWS": "aws_iam_role",
    "The role lacks these permissions": "aws_iam_role_policy aws_iam_role_policy_attachment",
    "Redis is deleted with its data: requests that need it fail": "aws_elasticache_replication_group",
    "Redis is deleted with it": "aws_elasticache_subnet_group",
    "Redis refuses sign-ins": "aws_elasticache_user aws_elasticache_user_group",
    "The password is no longer valid": "random_password",
    "Its images are deleted: new nodes can't pull them": "aws_ecr_repository",
    "What it encrypted (the cluster's secrets, logs) becomes unreadable after its waiting period":
      "aws_kms_key",
    "The secret is deleted; pods keep the copy in the cluster": "aws_secretsmanager_secret",
    "The secret has no value": "aws_secretsmanager_secret_version",
    "The controller is uninstalled, which may delete its CRDs and their objects": "helm_release",
    "Everything in the namespace is deleted: pods, Secrets, volumes, certificates": "kubernetes_namespace_v1",
    "Its pods are deleted: that part of the product is down":
      "kubernetes_deployment_v1 kubernetes_stateful_set_v1",
    "Its pods get no traffic": "Service kubernetes_service_v1",
    "Its paths answer 503": "kubernetes_ingress_v1",
    "Routes that use it answer 503": "Middleware",
    "The certificate is not renewed": "Certificate",
    "Certificates are not renewed": "ClusterIssuer",
    "Secrets are not refreshed": "SecretStore",
    "The Secret that it fills is deleted: pods that need it don't start": "ExternalSecret",
  },
  medium: {
    "Nobody is notified when something is wrong": "PrometheusRule",
    "It isn't scraped, and alerts about it can't fire": "PodMonitor",
    "Traffic that it allows is blocked":
      "aws_vpc_security_group_egress_rule aws_vpc_security_group_ingress_rule",
    "What it allows is blocked; without any other policy, everything is allowed":
      "kubernetes_network_policy_v1",
    "Its traffic goes over the internet": "aws_vpc_endpoint",
    "Its address is released permanently": "aws_eip",
    "Nodes launched from it are replaced, and their pods are rescheduled": "aws_launch_template",
    "That role is locked out of the cluster": "aws_eks_access_entry aws_eks_access_policy_association",
    "Pods that use it don't start": "kubernetes_config_map_v1 kubernetes_service_account_v1",
    "The number of pods doesn't follow the load": "kubernetes_horizontal_pod_autoscaler_v2",
    // The second is the type that earlier versions had.
    "A drain may evict all pods at once": "PodDisruptionBudget kubernetes_pod_disruption_budget_v1",
    "Its logs are deleted": "aws_cloudwatch_log_group aws_cloudwatch_log_stream aws_s3_bucket",
    "The bucket admits requests without TLS": "aws_s3_bucket_policy",
    "Nothing keeps the bucket from being made public": "aws_s3_bucket_public_access_block",
    "New objects are encrypted with an AWS-owned key": "aws_s3_bucket_server_side_encryption_configuration",
    "Network traffic is not logged": "aws_flow_log",
    "Nobody is alerted to what it watches":
      "aws_cloudwatch_metric_alarm aws_cloudwatch_event_rule aws_cloudwatch_event_target aws_lambda_function aws_lambda_permission",
    "Alarms reach nobody": "aws_sns_topic aws_sns_topic_policy",
    "Alarms don't reach this address": "aws_sns_topic_subscription",
    "Nobody gets mail when it costs more than planned": "aws_budgets_budget",
    "CI can't plan this environment":
      "kubernetes_cluster_role_v1 kubernetes_cluster_role_binding_v1 kubernetes_role_v1 kubernetes_role_binding_v1",
  },
  low: {
    "Objects that Loki loses track of are never deleted": "aws_s3_bucket_lifecycle_configuration",
    // Nothing running is affected.
    "": "aws_default_security_group aws_ecr_lifecycle_policy aws_elasticache_parameter_group aws_kms_alias kubernetes_limit_range_v1 kubernetes_resource_quota_v1 kubernetes_storage_class_v1 aws_s3_bucket_ownership_controls random_id terraform_data",
  },
};

/** Where a replacement differs from a deletion. */
export const REPLACED: Table = {
  high: {
    "Its address changes: nobody can reach the product until DNS follows; update your own CNAME by hand":
      "aws_lb",
    "Its images are deleted: push them again, or new nodes can't pull them": "aws_ecr_repository",
    "What it encrypted (the cluster's secrets, logs) becomes unreadable after its waiting period":
      "aws_kms_key",
    "The cluster is deleted with its pods, volumes and certificates: the product is down until app is deployed again":
      "aws_eks_cluster",
    "Everything in the namespace is deleted: the product is down until it is deployed again, and volumes lose their data":
      "kubernetes_namespace_v1",
    "The controller is uninstalled first, which may delete its CRDs and their objects": "helm_release",
    "Its listener switches to the new one at once, but Traefik's pods are registered there only a minute or two later: nobody can reach the product until then":
      "aws_lb_target_group",
    "Redis must be replaced with it": "aws_elasticache_subnet_group",
    "Nodes, Redis and load balancer must leave it first": "aws_subnet",
  },
  medium: {
    "New nodes start first, then the old ones are drained: requests keep working, but after 5 minutes EKS force-deletes what is left, streams included":
      "aws_eks_node_group",
    "Nodes launched from it are replaced, and their pods are rescheduled": "aws_launch_template",
    "Its address changes: update any allow list that names it": "aws_eip",
    "Pods that start before the replacement is ready get no AWS credentials":
      "aws_eks_pod_identity_association",
    "The role briefly lacks these permissions": "aws_iam_role_policy aws_iam_role_policy_attachment",
    "The secret has no value until one is written": "aws_secretsmanager_secret",
    "Pods pick up the new value with a rolling restart": "aws_secretsmanager_secret_version",
    "A new password: ElastiCache keeps accepting the other slot's, Redis in the cluster restarts; change redis.passwordRotation one step at a time, or logins fail for up to 10 minutes":
      "random_password",
    "Its paths answer 503 until the replacement is ready": "kubernetes_ingress_v1",
    "The certificate is issued again, which counts towards Let's Encrypt's limits": "Certificate",
    "Its logs are deleted": "aws_cloudwatch_log_group aws_cloudwatch_log_stream aws_s3_bucket",
    // Under another name, so that no route is ever without it.
    "Limits, headers or redirects change within seconds": "Middleware",
    "Its addresses must confirm their subscriptions again": "aws_sns_topic aws_sns_topic_subscription",
  },
  low: {
    "It registers with the certificate authority again": "ClusterIssuer",
    "Pods pick up the new one with a rolling restart": "kubernetes_config_map_v1",
  },
};

/** Updates in place, by the worst that one can do. */
export const UPDATED: Table = {
  medium: {
    "Traffic is rerouted at once, and open connections may break": "aws_route aws_route_table",
    "The subnet's traffic is rerouted at once: open connections break, and nothing gets out if the new table has no route":
      "aws_route_table_association",
    "Clients use the old address until their caches expire": "aws_route53_record",
    "With other route tables or subnets, open connections to that AWS service break": "aws_vpc_endpoint",
    "Another port or source applies at once":
      "aws_vpc_security_group_egress_rule aws_vpc_security_group_ingress_rule",
    "Other security groups or subnets apply at once": "aws_lb",
    "Another port or target group applies at once: new connections to the old port are refused":
      "aws_lb_listener",
    "Health checks and drain times change at once: pods that fail a new check get no connections":
      "aws_lb_target_group",
    "The control plane changes in place; a version upgrade can be rolled back for seven days only":
      "aws_eks_cluster",
    "A new version or launch template replaces its nodes, up to a third at a time, and their pods are rescheduled; scaling does not":
      "aws_eks_node_group",
    "Nodes launched from it are replaced, and their pods are rescheduled": "aws_launch_template",
    "The add-on's pods are restarted": "aws_eks_addon",
    "Changes who may assume it, or for how long": "aws_iam_role",
    "The role's permissions change at once": "aws_iam_role_policy",
    "With another role, pods get that one's credentials": "aws_eks_pod_identity_association",
    "Rights in the cluster change at once":
      "aws_eks_access_entry kubernetes_cluster_role_v1 kubernetes_cluster_role_binding_v1 kubernetes_role_v1 kubernetes_role_binding_v1",
    "Principals that its policy no longer allows can't use what it encrypted": "aws_kms_key",
    "Applied at once, not in the maintenance window: a new node type or version fails over in seconds, but stops a single node for minutes":
      "aws_elasticache_replication_group",
    "Redis refuses users, passwords and commands that it no longer allows":
      "aws_elasticache_user aws_elasticache_user_group",
    "Redis takes the new parameters at once": "aws_elasticache_parameter_group",
    "Images that the new rules don't keep are deleted within a day": "aws_ecr_lifecycle_policy",
    "Pods pick up the new value with a rolling restart": "aws_secretsmanager_secret_version",
    "The controller's pods are replaced; a failed upgrade is rolled back": "helm_release",
    "A new pod template means a rolling restart: new pods start first, and streams get their drain time":
      "kubernetes_deployment_v1",
    "Its pod restarts and is down for seconds": "kubernetes_stateful_set_v1",
    "Another port or selector applies at once: requests fail until routes and pods have it, too":
      "Service kubernetes_service_v1",
    "A lower maximum removes pods at once, which get their drain time":
      "kubernetes_horizontal_pod_autoscaler_v2",
    "A drain may evict more pods at once, or none": "PodDisruptionBudget",
    "New pods that a stricter Pod Security level rejects don't start": "kubernetes_namespace_v1",
    "Routes change within seconds, without cutting streams": "kubernetes_ingress_v1",
    "Limits, headers or redirects change within seconds": "Middleware",
    "What may connect changes within seconds, for open connections too": "kubernetes_network_policy_v1",
    "A quota below current usage rejects new pods": "kubernetes_resource_quota_v1",
    "The certificate is issued again, which counts towards Let's Encrypt's limits": "Certificate",
    "Pods get different keys; one missing key blocks the refresh of all of them": "ExternalSecret",
  },
  low: {
    "A shorter retention deletes older logs":
      "aws_cloudwatch_log_group aws_s3_bucket_lifecycle_configuration",
    // Nothing running is affected.
    "": "ClusterIssuer PodMonitor PrometheusRule SecretStore aws_budgets_budget aws_cloudwatch_event_rule aws_cloudwatch_event_target aws_cloudwatch_log_stream aws_cloudwatch_metric_alarm aws_default_security_group aws_ecr_repository aws_eip aws_eks_access_policy_association aws_elasticache_subnet_group aws_flow_log aws_iam_role_policy_attachment aws_internet_gateway aws_kms_alias aws_lambda_function aws_lambda_permission aws_nat_gateway aws_s3_bucket aws_s3_bucket_ownership_controls aws_s3_bucket_policy aws_s3_bucket_public_access_block aws_s3_bucket_server_side_encryption_configuration aws_secretsmanager_secret aws_security_group aws_sns_topic aws_sns_topic_policy aws_sns_topic_subscription aws_subnet aws_vpc kubernetes_config_map_v1 kubernetes_limit_range_v1 kubernetes_service_account_v1 kubernetes_storage_class_v1 random_id random_password terraform_data",
  },
};

const NOTHING: Harm = ["low", ""];
const UNKNOWN: Harm = ["medium", "The impact is unknown: it has no row in commands/plan/risks.ts"];

/** How bad a change is, and why. @param successor Name of what takes the place of something that is deleted */
export function riskOf(type: string, action: Action, successor?: string): Harm {
  if (successor !== undefined) return ["low", `${successor} takes its place.`];
  const [risk, why] = harmOf(type, action);
  return [risk, why === "" ? "" : `${why}.`];
}

function harmOf(type: string, action: Action): Harm {
  switch (action) {
    case "forget":
      return ["medium", "It stays and is still billed, but is no longer managed by any stack"];
    case "import":
      return ["low", "It already exists, and this stack manages it from now on"];
    case "delete":
      return rowOf(GONE, type) ?? UNKNOWN;
    case "replace":
      return rowOf(REPLACED, type) ?? untilReady(rowOf(GONE, type) ?? UNKNOWN);
    case "update":
      return rowOf(UPDATED, type) ?? UNKNOWN;
    default:
      return NOTHING;
  }
}

function rowOf(table: Table, type: string): Harm | undefined {
  for (const [risk, rows] of Object.entries(table))
    for (const [why, types] of Object.entries(rows))
      if (types.split(" ").includes(type)) return [risk as Risk, why];
  return undefined;
}

function untilReady(harm: Harm): Harm {
  const [risk, why] = harm;
  return why === "" || harm === UNKNOWN ? harm : [risk, `${why} until the replacement is ready`];
}

/** The risk of a change whose type alone doesn't tell it; undefined for all others. */
export function ownRisk(resource: ResourceChange, differences: readonly Difference[]): Harm | undefined {
  const { type, change } = resource;
  const { snapshot_name: snapshot = null } = (change.after ?? {}) as {
    readonly snapshot_name?: string | null;
  };
  if (type === "aws_elasticache_replication_group" && change.actions.length > 1 && snapshot !== null)
    return [
      "high",
      `Redis is deleted and created again from the snapshot ${snapshot}: everything stored since then is lost, and requests that need it fail until then. To keep today's data, take a snapshot first (docs/recovery.md).`,
    ];
  const actions = change.actions.join();
  if (FIREWALL.includes(type) && actions === "create,delete")
    return ["medium", "What it allows changes once the new one is in use with all its rules."];
  if (type === "aws_eks_node_group" && actions === "create,delete") return tooFewNodes(resource);
  if (actions !== "update") return undefined;
  const nodes = removedNodes(resource);
  if (nodes > 0)
    return [
      "high",
      `Removes ${many(nodes, "node")} at once, past disruption budgets: let the autoscaler shrink the group first.`,
    ];
  return riskOfTags(differences);
}

const FIREWALL = ["aws_security_group", "aws_vpc_security_group_ingress_rule"];

interface NodeGroup {
  readonly scaling_config?: readonly { readonly desired_size?: number }[];
  readonly instance_types?: readonly string[];
}

/** How many nodes an update of their group ends before their pods have others to go to. */
export function removedNodes({ type, change }: ResourceChange): number {
  if (type !== "aws_eks_node_group" || change.actions.join() !== "update") return 0;
  const [{ count: from }, { count: to }] = [nodesOf(change.before), nodesOf(change.after)];
  return from === undefined || to === undefined ? 0 : Math.max(from - to, 0);
}

function nodesOf(group: unknown) {
  const { scaling_config: scaling, instance_types: types } = (group ?? {}) as NodeGroup;
  return { count: scaling?.[0]?.desired_size, type: types?.[0] ?? "" };
}

/** A replacement whose new nodes have less CPU or memory than those that EKS then drains all at once. */
function tooFewNodes({ change }: ResourceChange): Harm | undefined {
  const [old, next] = [nodesOf(change.before), nodesOf(change.after)];
  const [from, to] = old.type === next.type ? [ANY_SIZE, ANY_SIZE] : [sizeOf(old.type), sizeOf(next.type)];
  if (old.count === undefined || next.count === undefined || from === undefined || to === undefined)
    return undefined;
  const needed = Math.ceil(old.count * Math.max(from.cpu / to.cpu, from.memory / to.memory));
  if (next.count >= needed) return undefined;
  return [
    "high",
    `Starts with ${many(next.count, "node")}, but the CPU and memory of the old ones take ${needed}: pods without room stay pending, and after 5 minutes EKS force-deletes what the old nodes still run. For this deploy, set its min to ${needed}, and its max to no less.`,
  ];
}

const ANY_SIZE = { cpu: 1, memory: 1 };

function riskOfTags(differences: readonly Difference[]): Harm | undefined {
  const isTag = ({ path: [first] }: Difference) => first === "tags" || first === "tags_all";
  return differences.length > 0 && differences.every(isTag) ? ["low", "Only its tags change."] : undefined;
}
