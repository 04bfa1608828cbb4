import type { PlanJson } from "../terraform/plan-json";
import type { Action, Risk } from "./change";

/** How bad it is, and why: a clause, which ends without a full stop. */
type Harm = readonly [risk: Risk, why: string];

interface Row {
  /** While it is missing. */
  readonly gone: Harm;
  /** A risk alone has the words of `gone`. @default - like `gone`, until the replacement is ready */
  readonly replaced?: Harm | Risk;
  /** @default - low, without words */
  readonly updated?: Harm;
}

/** However it changes. */
const always = (...harm: Harm): Row => ({ gone: harm, replaced: harm, updated: harm });
/** The same whether or not another one follows. */
const lost = (...harm: Harm): Row => ({ gone: harm, replaced: harm });

const NO_TRAFFIC: Row = { gone: ["high", "Its pods get no traffic"] };
const NO_SIGN_IN: Row = { gone: ["high", "Redis refuses sign-ins"] };
const LOCKED_OUT: Row = { gone: ["medium", "That role is locked out of the cluster"] };
const NO_ROUTE: Row = {
  gone: ["high", "Its traffic has no route"],
  updated: ["medium", "Traffic changes route at once, and open connections may break"],
};
const REFUSED: Row = { gone: ["medium", "Traffic that it allows is refused"] };
const NO_PERMISSION: Row = {
  gone: ["high", "The role lacks these permissions"],
  replaced: "medium",
  updated: ["medium", "The role's permissions change at once"],
};
const NO_ALARM: Row = { gone: ["medium", "Nobody is alerted to what it watches"] };
const NO_PLANS: Row = { gone: ["medium", "CI can't plan this environment"] };

/** What hurts when it goes, is replaced or changes: by Terraform's type, or a custom resource's kind. */
export const RISKS: Readonly<Record<string, Row>> = {
  aws_autoscaling_attachment: {
    gone: ["high", "Those nodes get no traffic"],
    replaced: ["medium", "Those nodes are registered again"],
  },
  aws_cloudwatch_event_rule: NO_ALARM,
  aws_cloudwatch_event_target: NO_ALARM,
  aws_cloudwatch_log_group: {
    ...lost("medium", "Its logs are deleted"),
    updated: ["low", "A shorter retention deletes older logs"],
  },
  aws_cloudwatch_metric_alarm: NO_ALARM,
  aws_ecr_lifecycle_policy: {
    gone: ["low", "No image is deleted"],
    updated: ["medium", "Images that the new rules don't keep are deleted within a day"],
  },
  aws_ecr_repository: {
    gone: ["high", "Its images are deleted: new nodes can't pull them"],
    replaced: ["high", "Its images are deleted: push them again, or new nodes can't pull them"],
  },
  aws_eip: {
    gone: ["medium", "Its address is released for good"],
    replaced: ["medium", "Its address changes: update any allow list that names it"],
  },
  aws_eks_access_entry: LOCKED_OUT,
  aws_eks_access_policy_association: LOCKED_OUT,
  aws_eks_addon: {
    gone: ["high", "Pods may get no network, DNS, volumes or AWS credentials"],
    updated: ["medium", "The add-on's pods are restarted"],
  },
  aws_eks_cluster: {
    gone: ["high", "The cluster is deleted with its pods, volumes and certificates: the product is down"],
    replaced: [
      "high",
      "The cluster is deleted with its pods, volumes and certificates: the product is down until infra and app are deployed again",
    ],
    updated: ["medium", "The control plane changes in place; a version upgrade can't be undone"],
  },
  aws_eks_node_group: {
    gone: ["high", "Its nodes are drained: pods that fit nowhere else stay pending"],
    replaced: ["medium", "New nodes come first, then the old ones are drained and their pods move"],
    updated: [
      "medium",
      "A new version or launch template replaces its nodes one by one, and their pods move; scaling does not",
    ],
  },
  aws_eks_pod_identity_association: {
    gone: ["high", "New pods of that controller get no AWS credentials"],
    replaced: "medium",
  },
  aws_elasticache_replication_group: {
    gone: ["high", "Redis is deleted with its data: requests that need it fail"],
    replaced: [
      "high",
      "Redis is deleted with its data: requests that need it fail until the new one is ready (10 to 20 minutes)",
    ],
    updated: [
      "medium",
      "Applied at once, not in the maintenance window: a new node type or version fails over in seconds, but stops a single node for minutes",
    ],
  },
  aws_elasticache_subnet_group: lost("high", "Redis must be replaced with it"),
  aws_elasticache_user: NO_SIGN_IN,
  aws_elasticache_user_group: NO_SIGN_IN,
  aws_flow_log: { gone: ["medium", "Network traffic is not logged"] },
  aws_iam_role: {
    gone: ["high", "Whatever uses it has no permissions in AWS"],
    updated: ["medium", "Who may assume it, or for how long, changes"],
  },
  aws_iam_role_policy: NO_PERMISSION,
  aws_iam_role_policy_attachment: NO_PERMISSION,
  aws_internet_gateway: { gone: ["high", "Nothing gets in or out of the network"] },
  aws_kms_key: lost(
    "high",
    "What it encrypted (the cluster's secrets, logs) becomes unreadable after its waiting period",
  ),
  aws_lambda_function: NO_ALARM,
  aws_lambda_permission: NO_ALARM,
  aws_launch_template: always("medium", "Nodes launched from it are replaced, and their pods move"),
  aws_lb: {
    gone: ["high", "Nobody can reach the product"],
    replaced: [
      "high",
      "Its address changes: nobody can reach the product until DNS follows; a CNAME of your own must be changed by hand",
    ],
  },
  aws_lb_listener: { gone: ["high", "Its port is closed to everyone"] },
  aws_lb_target_group: {
    gone: ["high", "Its traffic has nowhere to go"],
    replaced: ["medium", "Connections move to the new one once nodes pass its health checks"],
  },
  aws_nat_gateway: { gone: ["high", "Its zone's nodes reach neither model providers nor image registries"] },
  aws_route: NO_ROUTE,
  aws_route53_record: {
    gone: ["high", "The name doesn't resolve"],
    updated: ["medium", "Clients use the old address until their caches expire"],
  },
  aws_route_table: NO_ROUTE,
  aws_route_table_association: { gone: ["high", "The subnet uses the VPC's main route table"] },
  aws_secretsmanager_secret: {
    gone: ["high", "The secret is deleted; pods keep the copy in the cluster"],
    replaced: ["medium", "The secret has no value until one is written"],
  },
  aws_secretsmanager_secret_version: {
    ...always("medium", "Pods take up the new value with a rolling restart"),
    gone: ["high", "The secret has no value"],
  },
  aws_security_group: { gone: ["high", "Traffic that it allows is refused"] },
  aws_sns_topic: {
    gone: ["medium", "Alarms reach nobody"],
    replaced: ["medium", "Every address must confirm its subscription again"],
  },
  aws_sns_topic_policy: { gone: ["medium", "Alarms reach nobody"] },
  aws_sns_topic_subscription: {
    gone: ["medium", "Alarms no longer reach this address"],
    replaced: ["medium", "The address must confirm its subscription again"],
  },
  aws_subnet: lost("high", "Nodes, Redis and load balancer must leave it first"),
  aws_vpc: { gone: ["high", "The network is deleted with everything in it: the product is down"] },
  aws_vpc_endpoint: { gone: ["medium", "Its traffic takes the way to the internet"] },
  aws_vpc_security_group_egress_rule: REFUSED,
  aws_vpc_security_group_ingress_rule: REFUSED,
  Certificate: {
    ...always("medium", "The certificate is issued again, which counts towards Let's Encrypt's limits"),
    gone: ["high", "The certificate is not renewed"],
  },
  ClusterIssuer: {
    gone: ["high", "Certificates are not renewed"],
    replaced: ["low", "It registers with the certificate authority again"],
  },
  ExternalSecret: {
    gone: ["high", "The Secret that it fills is deleted: pods that need it don't start"],
    updated: ["medium", "Pods get other keys; a missing one keeps all of them from being refreshed"],
  },
  helm_release: {
    gone: ["high", "The controller is uninstalled, and may take the objects of its CRDs along"],
    updated: ["medium", "The controller's pods are replaced; a failed upgrade is rolled back"],
  },
  kubernetes_cluster_role_binding_v1: NO_PLANS,
  kubernetes_cluster_role_v1: NO_PLANS,
  kubernetes_config_map_v1: {
    gone: ["medium", "Pods that use it don't start"],
    replaced: ["low", "Pods take up the new one with a rolling restart"],
  },
  kubernetes_deployment_v1: {
    gone: ["high", "All of its pods are deleted: that part of the product is down"],
    updated: [
      "medium",
      "A new pod template is a rolling restart: new pods come first, and streams get their drain time",
    ],
  },
  kubernetes_horizontal_pod_autoscaler_v2: {
    gone: ["medium", "The number of pods doesn't follow the load"],
    replaced: "low",
  },
  kubernetes_ingress_v1: {
    gone: ["high", "Its paths answer 404"],
    replaced: "medium",
    updated: ["medium", "Routes change within seconds, without cutting streams"],
  },
  kubernetes_namespace_v1: {
    gone: ["high", "Everything in the namespace is deleted: pods, Secrets, volumes, certificates"],
    replaced: [
      "high",
      "Everything in the namespace is deleted: the product is down until it is back, and volumes lose their data",
    ],
  },
  kubernetes_network_policy_v1: {
    gone: ["medium", "What it allows is refused; without any other policy, everything is allowed"],
    updated: ["medium", "What may connect changes within seconds, for open connections too"],
  },
  kubernetes_pod_disruption_budget_v1: { gone: ["medium", "A drain may take all pods at once"] },
  kubernetes_resource_quota_v1: {
    gone: ["low", "Nothing bounds what the namespace uses"],
    updated: ["medium", "A quota below what is used refuses new pods"],
  },
  kubernetes_role_binding_v1: NO_PLANS,
  kubernetes_role_v1: NO_PLANS,
  kubernetes_service_account_v1: { gone: ["medium", "Pods that use it don't start"] },
  kubernetes_service_v1: NO_TRAFFIC,
  kubernetes_stateful_set_v1: {
    gone: ["high", "Its pod is deleted: that part of the product is down"],
    updated: ["medium", "Its pod restarts and is away for seconds"],
  },
  Middleware: {
    gone: ["high", "Routes that use it answer 404"],
    updated: ["medium", "Limits, headers or redirects change within seconds"],
  },
  random_password: {
    gone: ["high", "The password is no longer valid"],
    replaced: [
      "medium",
      "A new password: ElastiCache keeps accepting the other slot's, Redis in the cluster restarts",
    ],
  },
  SecretStore: {
    gone: ["high", "Secrets are not refreshed"],
    replaced: "medium",
  },
  Service: NO_TRAFFIC,
};

/** Nothing that runs notices when one of these goes or changes. */
export const HARMLESS: readonly string[] = [
  "aws_default_security_group",
  "aws_elasticache_parameter_group",
  "aws_kms_alias",
  "kubernetes_limit_range_v1",
  "kubernetes_storage_class_v1",
  "random_id",
];

const UNKNOWN: Row = lost("medium", "What this breaks is not known: it has no row in commands/plan/risks.ts");

/** How bad a change is, and why. */
export function riskOf(type: string, action: Action): Harm {
  const [risk, why] = harmOf(type, action);
  return [risk, why === "" ? "" : `${why}.`];
}

function harmOf(type: string, action: Action): Harm {
  if (action === "forget")
    return ["medium", "It stays and is still billed, but no stack manages it any more"];
  if (action === "import") return ["low", "It exists already, and this stack manages it from now on"];
  if (action === "move" || action === "create" || HARMLESS.includes(type)) return ["low", ""];
  const { gone, replaced, updated = ["low", ""] } = RISKS[type] ?? UNKNOWN;
  if (action === "update") return updated;
  if (action === "delete") return gone;
  if (typeof replaced === "object") return replaced;
  return [replaced ?? gone[0], `${gone[1]} until the replacement is ready`];
}

const BOTH_SLOTS: Harm = [
  "high",
  "Both password slots of Redis change at once: sign-ins are refused until pods have the new password (External Secrets looks every 10 minutes). To avoid that, rotate one step at a time.",
];

/** Risks of changes that come together, by address. */
export function risksTogether(
  { resource_changes: changes = [] }: PlanJson,
  nameOf: (address: string) => string,
): ReadonlyMap<string, Harm> {
  const replaced = changes.filter(
    ({ address, type, change }) =>
      type === "random_password" &&
      change.actions.length > 1 &&
      /(^|\/)redis\/password-\d$/.test(nameOf(address)),
  );
  // One step of a rotation replaces the slot that nobody uses: see constructs/aws/password-slots.ts.
  return new Map(replaced.length > 1 ? replaced.map(({ address }) => [address, BOTH_SLOTS]) : []);
}
