import type { ServiceName } from "./services";

/** Kubernetes names of the product's parts, the same in every environment. */
export const PART_OF = "wbot";
export const NAMESPACE = "wbot";
/**
 * Namespace of Prometheus and all it reads: rules, monitors and dashboards are objects of this namespace, so that its
 * operator and Grafana need no access to any other.
 */
export const MONITORING = "monitoring";
export const REDIS = "wbot-redis";
export const REDIS_PORT = 6379;
/** Secret of namespace monitoring with the credentials of observability.metrics kind remote-write. */
export const REMOTE_WRITE_SECRET = "metrics-remote-write";
/**
 * Functions that check something on a schedule. Each has its code in the folder of this name in constructs/aws. In AWS, this
 * name follows the prefix.
 */
export const SCHEDULED_CHECKS = ["node-groups-check", "uptime-check"] as const;
/** Tag that the budget adds up: the stacks put it on all that they make, with the environment's name. */
export const BUDGET_TAG = "Environment";
/** Tags that tell an environment's own resources from others': the stacks put them on everything they create. */
export function ownTags({ name }: { readonly name: string }) {
  return { Project: PART_OF, [BUDGET_TAG]: name };
}
/** Header of responses that refuse a request during maintenance, by which every check tells them from an outage. */
export const MAINTENANCE_HEADER = "X-Wbot-Maintenance";
/** The node groups, by the key of their settings: what their names in EKS begin with, and the type of their capacity. */
export const NODE_GROUPS = {
  onDemand: { name: "on-demand", capacity: "ON_DEMAND" },
  spot: { name: "spot", capacity: "SPOT" },
} as const;
/** Service addresses, which the VPC must not overlap: fixed, so that network policies can exclude them. */
export const SERVICE_CIDR = "172.20.0.0/16";
/** The Kubernetes API's Service always gets the range's first address. */
export const API_SERVICE = "172.20.0.1";

/** The longest name of an environment: its load balancer's, with our prefix, may have 32 characters. */
const ENVIRONMENT_LENGTH = 32 - "wbot-".length;
/** What an environment's name must be, for all that is named after it. */
export const ENVIRONMENT_NAME = {
  pattern: new RegExp(`^(?=.{1,${ENVIRONMENT_LENGTH}}$)[a-z](-?[a-z0-9])*$`),
  allowed: `lower-case letters, digits and single hyphens, starting with a letter, at most ${ENVIRONMENT_LENGTH} characters: it is part of AWS resource names`,
};

/** Log group of a cluster's control plane: EKS has no other name for it. */
export function logGroup(cluster: string): string {
  return `/aws/eks/${cluster}/cluster`;
}

/** Log group of a Lambda function, as Lambda itself names it. */
export function functionLogGroup(name: string): string {
  return `/aws/lambda/${name}`;
}

/** Resource part of a secret's ARN: Secrets Manager appends six random characters to its name. */
export function secretResource(name: string): string {
  return `secret:${name}-??????`;
}

/** What names are derived from; an environment is one. */
export interface Named {
  readonly name: string;
  readonly registry: { readonly namespace?: string | undefined };
}

/** Names that both stacks must agree on, derived from the environment. */
export function namesOf({ name, registry: { namespace } }: Named) {
  const prefix = `wbot-${name}`;
  return {
    /** Prefix of every AWS resource. */
    prefix,
    cluster: prefix,
    /** CloudWatch namespace of the scheduled checks' metrics. */
    metrics: `wbot/${name}`,
    /** SNS topic of the alarms, and that of the alert which always fires. */
    alarmTopic: `${prefix}-alarms`,
    watchdogTopic: `${prefix}-watchdog`,
    /** Secrets Manager secret that people fill in. */
    appSecret: `wbot/${name}/app`,
    /** Secrets Manager secret that `infra` writes: JSON of host, port, username and password. */
    redisSecret: `wbot/${name}/redis`,
    /** Security group of ElastiCache's nodes. */
    redisSecurityGroup: `${prefix}-redis`,
    /** CloudWatch log group of the pods' logs, and the one stream in it. */
    podLogs: { group: `/aws/eks/${prefix}/pods`, stream: "pods" },
    /** S3 bucket of the pods' logs: bucket names are unique in the world, hence the account's number. */
    logBucket: (account: string) => `${prefix}-logs-${account}`,
    /** ECR repository of a service, with the registry's namespace. */
    repository: (service: ServiceName): string =>
      namespace === undefined ? service : `${namespace}/${service}`,
  };
}

export type Names = ReturnType<typeof namesOf>;
