import type { ServiceName } from "./services";

/** Kubernetes names of the product's parts, the same in every environment. */
export const PART_OF = "wbot";
export const NAMESPACE = "wbot";
export const REDIS = "wbot-redis";
export const REDIS_PORT = 6379;
/** Service addresses, which the VPC must not overlap: fixed, so that network policies can exclude them. */
export const SERVICE_CIDR = "172.20.0.0/16";
/** The Kubernetes API's Service always gets the range's first address. */
export const API_SERVICE = "172.20.0.1";

/** Names that both stacks must agree on, derived from the environment. */
export interface Names {
  /** Prefix of every AWS resource: "wbot-<environment>". */
  readonly prefix: string;
  readonly cluster: string;
  /** SNS topic that alarms go to. */
  readonly alarms: string;
  /** Secrets Manager secret that people fill in. */
  readonly appSecret: string;
  /** Secrets Manager secret that `infra` writes: JSON of host, port, username and password. */
  readonly redisSecret: string;
  /** ECR repository of a service, with the registry's namespace. */
  readonly repository: (service: ServiceName) => string;
}

/** Log group of a cluster's control plane: EKS has no other name for it. */
export function logGroup(cluster: string): string {
  return `/aws/eks/${cluster}/cluster`;
}

/** Resource part of a secret's ARN: Secrets Manager appends six random characters to its name. */
export function secretResource(name: string): string {
  return `secret:${name}-??????`;
}

/** What names are derived from; an environment is one. */
interface Named {
  readonly name: string;
  readonly registry: { readonly namespace?: string | undefined };
}

export function namesOf(environment: Named): Names {
  const prefix = `wbot-${environment.name}`;
  const { namespace } = environment.registry;
  return {
    prefix,
    cluster: prefix,
    alarms: `${prefix}-alarms`,
    appSecret: `wbot/${environment.name}/app`,
    redisSecret: `wbot/${environment.name}/redis`,
    repository: (service) => (namespace === undefined ? service : `${namespace}/${service}`),
  };
}
