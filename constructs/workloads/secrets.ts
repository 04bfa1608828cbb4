import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE, REDIS } from "../../environments/names";
import { perService, SERVICES, type ServiceKey } from "../../environments/services";
import type { EnvironmentStack } from "../environment-stack";
import { optionalKeys, requiredKeys, secretSuffix } from "../../environments/app-secret-keys";
import { secretStore } from "../external-secret-manifests";
import { CustomResource } from "./custom-resource";
import { ExternalSecret, type ExternalSecretProps } from "./external-secret";

/** Properties of the Redis credential that `infra` writes, by the names used in templates. */
const REDIS_PARTS = {
  redisHost: "host",
  redisPort: "port",
  redisUsername: "username",
  redisPassword: "password",
};

export interface SecretsProps {
  readonly dependsOn: readonly ITerraformDependable[];
}

type Common = Pick<ExternalSecretProps, "store" | "dependsOn">;

/** The secrets of each service: its own keys of the app secret, and the address of Redis. */
export class Secrets extends Construct {
  readonly of: Readonly<Record<ServiceKey, readonly ExternalSecret[]>>;
  /** Password of the in-cluster Redis, if there is one. */
  readonly redis: ExternalSecret | undefined;

  private readonly stack: EnvironmentStack;

  constructor(stack: EnvironmentStack, id: string, props: SecretsProps) {
    super(stack, id);
    this.stack = stack;
    const { redis, region } = stack.environment;
    const store = new CustomResource(new Construct(this, "store"), "store", {
      component: "secrets",
      waitForReady: true,
      ...props,
      manifest: secretStore(NAMESPACE, region),
    }).resource;
    const common = { ...props, store };

    this.of = perService((service) => [...this.own(service, common), ...this.optional(service, common)]);
    this.redis =
      redis.kind === "in-cluster"
        ? new ExternalSecret(this, "redis", {
            ...common,
            name: `${REDIS}-secrets`,
            data: { REDIS_PASSWORD: { secret: stack.names.redisSecret, property: "password" } },
          })
        : undefined;
  }

  /** Its required keys, and REDIS_URL if it uses Redis; no secret if it needs neither. */
  private own(service: ServiceKey, common: Common): ExternalSecret[] {
    const { name, redis } = SERVICES[service];
    const keys = requiredKeys(name);
    if (keys.length === 0 && !redis) return [];
    const scheme = this.stack.environment.redis.kind === "elasticache" ? "rediss" : "redis";
    const templates = {
      ...Object.fromEntries(keys.map((key) => [key, `{{ .${key} }}`])),
      REDIS_URL: `${scheme}://{{ .redisUsername }}:{{ .redisPassword | urlquery }}@{{ .redisHost }}:{{ .redisPort }}/0`,
    };
    return [
      new ExternalSecret(this, service, {
        ...common,
        name: `${name}-secrets`,
        data: { ...this.appKeys(keys), ...(redis ? this.redisParts() : {}) },
        ...(redis ? { templates } : {}),
      }),
    ];
  }

  /**
   * Each separate, because one missing key fails a whole ExternalSecret. Pods start without it, too: when a setting removes
   * it, its Secret is gone before the new pods have replaced those that used it.
   */
  private optional(service: ServiceKey, common: Common): ExternalSecret[] {
    const { name } = SERVICES[service];
    return optionalKeys(name, this.stack.environment).map((key) => {
      const suffix = secretSuffix(key);
      // The backend's LangSmith id predates the others: renaming it would replace its Secret.
      const id = service === "ai" && key === "LANGSMITH_API_KEY" ? suffix : `${service}-${suffix}`;
      return new ExternalSecret(this, id, {
        ...common,
        name: `${name}-${suffix}`,
        optional: true,
        data: this.appKeys([key]),
      });
    });
  }

  private appKeys(keys: readonly string[]) {
    return Object.fromEntries(
      keys.map((key) => [key, { secret: this.stack.names.appSecret, property: key }]),
    );
  }

  private redisParts() {
    const secret = this.stack.names.redisSecret;
    return Object.fromEntries(
      Object.entries(REDIS_PARTS).map(([name, property]) => [name, { secret, property }]),
    );
  }
}
