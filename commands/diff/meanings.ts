import type { PlanJson, ResourceChange } from "../terraform/plan-json";
import type { Label, ReportedAction, Risk } from "./report";

/** What a change means for what runs, by Terraform's type or a custom resource's kind. */

type Told = readonly [risk: Risk, meaning: string];
interface Meaning {
  readonly delete?: Told;
  readonly replace?: Told;
  readonly update?: Told;
}

const MADE_ANEW: Told = ["low", "It is made anew; nothing that runs notices."];
const LOG_LOST: Told = ["medium", "What was logged is lost."];
const NOT_LET_IN: Told = ["medium", "Until the new one is there, its traffic is refused."];
const ALARM_GONE: Told = ["medium", "Nobody is told any more of what it watched."];

const CONTROLLER_PODS: Told = [
  "medium",
  "The controller's pods are rolled to the new release; a failed one goes back by itself.",
];

const MEANINGS: Readonly<Record<string, Meaning>> = {
  aws_eks_cluster: {
    delete: [
      "high",
      "The cluster goes with everything in it: pods, volumes, certificates. The product is down.",
    ],
    replace: [
      "high",
      "Everything in the cluster is gone: pods, volumes, certificates. The product is down until infra and app are deployed anew.",
    ],
    update: [
      "medium",
      "The control plane is changed in place; a higher version upgrades it, which can't be undone.",
    ],
  },
  aws_eks_node_group: {
    delete: [
      "high",
      "Its nodes go: pods move to other nodes if there is room, and streams have their drain time.",
    ],
    replace: [
      "medium",
      "New nodes come first, then the old ones are drained: pods move, streams have their drain time.",
    ],
    update: [
      "medium",
      "Another version or launch template replaces its nodes one after another: pods move, streams drain. Sizes change without that.",
    ],
  },
  aws_launch_template: {
    replace: ["medium", "The nodes made from it are replaced: pods move."],
    update: ["medium", "A new version, to which the node group replaces its nodes: pods move."],
  },
  aws_eks_addon: {
    delete: ["high", "An add-on of the cluster goes: without network, DNS or volumes pods stop working."],
    replace: [
      "high",
      "The add-on is away until it is back: new pods may get no network, DNS or volumes meanwhile.",
    ],
    update: ["medium", "The add-on's pods are rolled."],
  },
  aws_eks_access_entry: {
    delete: ["medium", "That role may no longer reach the cluster."],
    replace: ["medium", "That role can't reach the cluster until it is back."],
  },
  aws_eks_access_policy_association: {
    delete: ["medium", "That role loses its rights in the cluster."],
    replace: ["medium", "That role has no rights in the cluster until it is back."],
  },
  aws_eks_pod_identity_association: {
    delete: ["high", "New pods of that controller get no AWS credentials."],
    replace: ["medium", "Pods that start meanwhile get no AWS credentials."],
  },
  aws_elasticache_replication_group: {
    delete: ["high", "Redis goes with what it holds; requests that need it fail."],
    replace: ["high", "The cache is emptied, and requests that need it fail meanwhile (10 to 20 minutes)."],
    update: [
      "medium",
      "Changed at once, not in the maintenance window: another node type or version means a failover of seconds, and with a single node an outage of minutes.",
    ],
  },
  aws_elasticache_user: {
    delete: ["high", "Whoever signs in to Redis by it is refused."],
    replace: ["high", "Redis refuses sign-ins until it is back."],
    update: ["low", "Its rights or its password slots change; the other slot stays valid."],
  },
  aws_elasticache_user_group: {
    delete: ["high", "Nobody may sign in to Redis."],
    replace: ["high", "Redis refuses sign-ins until it is back."],
  },
  aws_elasticache_subnet_group: { replace: ["high", "Redis must be replaced with it."] },
  aws_lb: {
    delete: ["high", "The load balancer goes: nobody reaches the product."],
    replace: [
      "high",
      "A new address: the product is unreachable until DNS has it. A CNAME of yours must be changed by hand.",
    ],
  },
  aws_lb_listener: {
    delete: ["high", "That port is closed to everybody."],
    replace: ["high", "That port is closed until the new one is there."],
  },
  aws_lb_target_group: {
    delete: ["high", "Its traffic has nowhere to go."],
    replace: ["medium", "Connections move to the new one; nodes must pass its health checks first."],
  },
  aws_autoscaling_attachment: {
    delete: ["high", "Those nodes get no traffic any more."],
    replace: ["medium", "Those nodes are registered anew."],
  },
  aws_route53_record: {
    delete: ["high", "The name leads nowhere once caches have forgotten it."],
    replace: ["high", "The name leads nowhere until it is back."],
    update: ["medium", "Clients follow once caches have forgotten the old address."],
  },
  aws_vpc: {
    delete: ["high", "The network goes with all that is in it."],
    replace: ["high", "Everything in the network is replaced with it: the product is down."],
  },
  aws_subnet: {
    delete: ["high", "What is in it (nodes, Redis, load balancer) must go first."],
    replace: ["high", "What is in it (nodes, Redis, load balancer) is replaced or moved first."],
  },
  aws_nat_gateway: {
    delete: ["high", "Its zone's nodes lose the way out: no model providers, no images."],
    replace: [
      "high",
      "Its zone's nodes have no way out for minutes, and come from another address if that is new, too.",
    ],
  },
  aws_eip: {
    delete: ["medium", "The address is given back and can't be had again."],
    replace: ["medium", "Another address: whoever allows the old one must be told."],
  },
  aws_internet_gateway: {
    delete: ["high", "Nothing gets in or out of the network."],
    replace: ["high", "Nothing gets in or out of the network until it is back."],
  },
  aws_route: {
    delete: ["high", "That way is closed."],
    replace: ["high", "That way is closed until the new one is there."],
    update: ["medium", "Traffic takes another way at once; open connections may break."],
  },
  aws_route_table_association: {
    delete: ["high", "The subnet falls back to the VPC's main routes."],
    replace: ["high", "The subnet has the VPC's main routes until it is back."],
  },
  aws_security_group: {
    delete: ["high", "Whoever it let in is refused."],
    replace: ["high", "What uses it must be changed first; meanwhile its traffic may be refused."],
  },
  aws_vpc_security_group_ingress_rule: {
    delete: ["medium", "What it let in is refused."],
    replace: NOT_LET_IN,
  },
  aws_vpc_security_group_egress_rule: {
    delete: ["medium", "What it let out is refused."],
    replace: NOT_LET_IN,
  },
  aws_vpc_endpoint: { replace: ["medium", "Its traffic goes by the NAT gateway meanwhile."] },
  aws_ecr_repository: {
    delete: ["high", "Its images are lost; pods that start elsewhere can't pull them."],
    replace: ["high", "Its images are lost: push them again before pods start elsewhere."],
  },
  aws_ecr_lifecycle_policy: {
    update: ["medium", "Images that the new rules don't keep are deleted within a day."],
  },
  aws_kms_key: {
    delete: [
      "high",
      "What it encrypts (the cluster's secrets, logs) becomes unreadable after its waiting time.",
    ],
    replace: ["high", "What the old key encrypted becomes unreadable after its waiting time."],
  },
  aws_secretsmanager_secret: {
    delete: ["high", "The secret is lost; External Secrets keeps the last copy in the cluster."],
    replace: [
      "medium",
      "A new secret under the same name; External Secrets finds no value until it is written.",
    ],
  },
  aws_secretsmanager_secret_version: {
    delete: ["high", "The value is lost."],
    replace: ["medium", "A new value, which pods take up with a rolling restart."],
    update: ["medium", "A new value, which pods take up with a rolling restart."],
  },
  random_password: {
    delete: ["high", "The password is no longer valid."],
    replace: [
      "medium",
      "A rotation: a new password. With ElastiCache the other slot's stays valid meanwhile; in the cluster Redis restarts.",
    ],
  },
  random_id: { replace: ["low", "What is named by it gets another name."] },
  aws_iam_role: {
    delete: ["high", "Whoever uses it loses its rights in AWS."],
    replace: ["high", "Whoever uses it has no rights in AWS until the new one is in place."],
    update: ["medium", "Who may use it, or how long, changes."],
  },
  aws_iam_role_policy: {
    delete: ["high", "The role loses these rights."],
    replace: ["medium", "The role lacks these rights for a moment."],
    update: ["medium", "What the role may do changes at once."],
  },
  aws_iam_role_policy_attachment: {
    delete: ["high", "The role loses these rights."],
    replace: ["medium", "The role lacks these rights for a moment."],
  },
  aws_cloudwatch_log_group: {
    delete: LOG_LOST,
    replace: LOG_LOST,
    update: ["low", "With a shorter retention, older lines are deleted."],
  },
  aws_cloudwatch_metric_alarm: { delete: ALARM_GONE },
  aws_sns_topic: {
    delete: ["medium", "Alarms reach nobody."],
    replace: ["medium", "Everybody must confirm the subscription again."],
  },
  aws_sns_topic_subscription: {
    delete: ["medium", "Alarms reach this address no more."],
    replace: ["medium", "It must be confirmed again."],
  },
  helm_release: {
    delete: [
      "high",
      "The controller goes; with its custom resource definitions all that was made of them may go, too.",
    ],
    replace: [
      "high",
      "The controller is uninstalled first; with its custom resource definitions all that was made of them may go, too.",
    ],
    update: CONTROLLER_PODS,
  },
  kubernetes_namespace_v1: {
    delete: ["high", "Every object in the namespace goes: pods, Secrets, volumes, certificates."],
    replace: [
      "high",
      "Every object in the namespace goes first: the product is down until they are back, and volumes are lost.",
    ],
  },
  kubernetes_deployment_v1: {
    delete: ["high", "Its pods go: that part of the product is down."],
    replace: [
      "high",
      "All its pods go before new ones come: that part of the product is down meanwhile, and streams break.",
    ],
    update: [
      "medium",
      "A change of the pod template is a rolling restart: new pods come first, streams have their drain time.",
    ],
  },
  kubernetes_stateful_set_v1: {
    delete: ["high", "Its pod goes: that part of the product is down."],
    replace: [
      "high",
      "Its pod goes before the new one comes: that part of the product is down meanwhile. Its volume stays.",
    ],
    update: ["medium", "Its pod is restarted: it is away for seconds."],
  },
  kubernetes_persistent_volume_claim_v1: {
    delete: ["high", "The volume is lost with its data."],
    replace: ["high", "The volume is lost with its data; the new one is empty."],
    update: ["low", "Volumes can only grow."],
  },
  kubernetes_persistent_volume_v1: {
    delete: ["high", "The volume may be lost with its data."],
    replace: ["high", "The volume may be lost with its data."],
  },
  kubernetes_storage_class_v1: { replace: MADE_ANEW },
  kubernetes_config_map_v1: {
    replace: ["low", "A new one beside the old: pods take it up with a rolling restart."],
    delete: ["medium", "Pods that name it don't start."],
  },
  kubernetes_service_v1: {
    delete: ["high", "Its pods get no traffic."],
    replace: ["high", "Its pods get no traffic until it is back."],
  },
  kubernetes_service_account_v1: {
    delete: ["medium", "Pods that name it don't start."],
    replace: ["medium", "Pods that start meanwhile are refused."],
  },
  kubernetes_ingress_v1: {
    delete: ["high", "These paths are not found any more."],
    replace: ["medium", "These paths are not found for a moment."],
    update: ["medium", "Traefik takes the new routes within seconds, without dropping streams."],
  },
  kubernetes_network_policy_v1: {
    delete: [
      "medium",
      "What it let through is refused, or with the last policy of a pod everything is let through.",
    ],
    replace: NOT_LET_IN,
    update: ["medium", "What may connect changes within seconds, for open connections too."],
  },
  kubernetes_horizontal_pod_autoscaler_v2: {
    delete: ["medium", "The number of pods stays as it is, whatever the load."],
    replace: ["low", "Nothing scales for a moment."],
    update: ["low", "Pods may be added or drained to the new bounds."],
  },
  kubernetes_pod_disruption_budget_v1: {
    delete: ["medium", "A drain may take all pods at once."],
    replace: ["low", "For a moment a drain may take all pods at once."],
  },
  kubernetes_resource_quota_v1: { update: ["medium", "With less than is used, new pods are refused."] },
  kubernetes_limit_range_v1: { update: ["low", "Holds for pods that start from now on."] },
  ExternalSecret: {
    delete: ["high", "The Secret that it fills goes with it: pods that need it don't start."],
    replace: ["high", "The Secret that it fills goes for a moment: pods that start meanwhile fail."],
    update: [
      "medium",
      "Other keys reach the pods; one that is missing keeps all of them from being refreshed.",
    ],
  },
  SecretStore: {
    delete: ["high", "No secret is refreshed any more."],
    replace: ["medium", "Secrets are not refreshed for a moment."],
  },
  Certificate: {
    delete: ["high", "The certificate is not renewed any more."],
    replace: ["medium", "The certificate is issued again, which counts towards Let's Encrypt's limits."],
    update: ["medium", "The certificate is issued again; the old one serves until then."],
  },
  ClusterIssuer: {
    delete: ["high", "Certificates are not renewed any more."],
    replace: ["low", "It signs up with the authority again."],
  },
  Middleware: {
    delete: ["high", "Routes that name it answer 404."],
    replace: ["high", "Routes that name it answer 404 until it is back."],
    update: ["medium", "Limits, headers or redirects change within seconds."],
  },
};

const UNKNOWN_TYPE: Required<Meaning> = {
  delete: ["medium", "It goes, with whatever it holds."],
  replace: ["medium", "It goes, with whatever it holds, and is made anew."],
  update: ["low", ""],
};

/** How bad a change is and what it means. */
export function meaningOf(type: string, action: ReportedAction): Told {
  if (action === "forget")
    return ["medium", "It stays as it is, is still paid for, and is nobody's from now on."];
  if (action === "import") return ["low", "It is there already and becomes this stack's."];
  if (action === "move" || action === "create") return ["low", ""];
  // The versioned types of the Kubernetes provider are the same things as those without.
  const known = MEANINGS[type] ?? MEANINGS[`${type}_v1`] ?? MEANINGS[`${type}_v2`];
  return known?.[action] ?? UNKNOWN_TYPE[action];
}

const BOTH_SLOTS: Told = [
  "high",
  "Both password slots of Redis at once: the password in use ends, and sign-ins are refused until the pods have the new one (External Secrets looks every 10 minutes). To rotate without that: one step at a time.",
];

/** What changes mean together that they don't one by one, by their addresses. */
export function meaningsTogether(
  { resource_changes: changes = [] }: PlanJson,
  nameOf: (address: string) => string,
): ReadonlyMap<string, Told> {
  const replaced = changes.filter(
    ({ address, type, change }) =>
      type === "random_password" && isReplaced(change) && /(^|\/)redis\/password-\d$/.test(nameOf(address)),
  );
  // One step of a rotation replaces the slot that nobody uses: see constructs/aws/password-slots.ts.
  return new Map(replaced.length > 1 ? replaced.map(({ address }) => [address, BOTH_SLOTS]) : []);
}

function isReplaced({ actions }: ResourceChange["change"]): boolean {
  return actions.length > 1;
}

const LABELS: readonly (readonly [Label, RegExp])[] = [
  [
    "iam",
    /^aws_iam_|_policy_attachment$|^aws_eks_(access_|pod_identity_)|^aws_(lambda_permission|sns_topic_policy|s3_bucket_policy|ecr_repository_policy)$|^kubernetes_((cluster_)?role|service_account)/,
  ],
  [
    "network",
    /security_group|network_(policy|acl|interface)|^aws_(vpc|subnet|route|eip$|lb|nat_gateway|internet_gateway|autoscaling_attachment|default_)|^kubernetes_(service(_v1)?$|ingress)|^(Middleware|IngressRoute|Service)/,
  ],
  [
    "secret",
    /secret|^random_password|^aws_kms_|^aws_elasticache_user|^(ExternalSecret|SecretStore|ClusterSecretStore|Certificate|Issuer|ClusterIssuer)$/,
  ],
];

/** Arguments of other resources that say who may do or reach what. */
const LABELLED_ARGUMENTS: readonly (readonly [Label, RegExp])[] = [
  [
    "iam",
    // A policy at the top is a document; deeper down it is an autoscaler's, or a lifecycle's.
    /(^|[._])(role_arn|assume_role_policy|permissions_boundary|access_config|service_account_name)\b|^policy$/,
  ],
  [
    "network",
    /cidr|security_group|subnet_ids|endpoint_(public|private)_access|host_network|(^|[._])ports?\b/,
  ],
  ["secret", /kms_key|key_arn|secret|password/],
];

/** What a reviewer should look at twice: by the type, and by the arguments that differ. */
export function labelsOf(type: string, differing: readonly string[]): Label[] {
  return LABELS.map(([label]) => label).filter(
    (label) =>
      matches(LABELS, label, type) || differing.some((path) => matches(LABELLED_ARGUMENTS, label, path)),
  );
}

function matches(rules: readonly (readonly [Label, RegExp])[], label: Label, text: string): boolean {
  return rules.some(([each, pattern]) => each === label && pattern.test(text));
}
