import type { ServiceName } from "./services";

/** The product's parts as Kubernetes names, the same in every environment. */
export const PART_OF = "wbot";
export const NAMESPACE = "wbot";
export const REDIS = "wbot-redis";
export const REDIS_PORT = 6379;
/** Addresses of Services, which no VPC may use: fixed, so that network policies can leave them out. */
export const SERVICE_CIDR = "172.20.0.0/16";
/** Service of the Kubernetes API, which always gets the range's first address. */
export const API_SERVICE = "172.20.0.1";

/** Every name that both stacks must agree on, computed once from the environment. */
export interface Names {
  /** Prefix of every AWS resource: "wbot-<environment>". */
  readonly prefix: string;
  readonly cluster: string;
  /** Secrets Manager secret that people fill. */
  readonly appSecret: string;
  /** Secrets Manager secret that `infra` writes: JSON of host, port, username and password. */
  readonly redisSecret: string;
  /** ECR repository of a service, with the registry's namespace. */
  readonly repository: (service: ServiceName) => string;
}

/** A secret's name as an ARN ends with it: Secrets Manager adds six random characters. */
export function secretResource(name: string): string {
  return `secret:${name}-??????`;
}

/** What names are made of: an environment is one. */
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
    appSecret: `wbot/${environment.name}/app`,
    redisSecret: `wbot/${environment.name}/redis`,
    repository: (service) => (namespace === undefined ? service : `${namespace}/${service}`),
  };
}
