import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { AI, REDIS, WEB } from "../../environments/names";
import { AppSecretCheck } from "../aws/app-secret-check";
import type { EnvironmentStack } from "../environment-stack";
import { LANGSMITH_KEY, requiredKeys } from "./app-secret-keys";
import { ExternalSecret, SecretStore } from "./external-secret";

/** Parts of the Redis credential, as `infra` writes it, by the names that templates know them by. */
const REDIS_PARTS = {
  redisHost: "host",
  redisPort: "port",
  redisUsername: "username",
  redisPassword: "password",
};

export interface SecretsProps {
  readonly namespace: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** What each workload is told of the secrets: its own keys, from one list. */
export class Secrets extends Construct {
  readonly ai: readonly ExternalSecret[];
  readonly web: readonly ExternalSecret[];
  /** Password of a Redis in the cluster, where there is one. */
  readonly redis: ExternalSecret | undefined;

  private readonly stack: EnvironmentStack;

  constructor(stack: EnvironmentStack, id: string, props: SecretsProps) {
    super(stack, id);
    this.stack = stack;
    const { langsmith, redis, region } = stack.environment;
    const { preconditions } = new AppSecretCheck(stack, "app-secret");
    const common = {
      ...props,
      store: new SecretStore(this, "store", { ...props, region, preconditions }),
    };

    const scheme = redis.kind === "elasticache" ? "rediss" : "redis";
    const aiKeys = requiredKeys(AI);
    const ai = new ExternalSecret(this, "ai", {
      ...common,
      name: `${AI}-secrets`,
      data: { ...this.appKeys(aiKeys), ...this.redisParts() },
      templates: {
        ...Object.fromEntries(aiKeys.map((key) => [key, `{{ .${key} }}`])),
        REDIS_URL: `${scheme}://{{ .redisUsername }}:{{ .redisPassword | urlquery }}@{{ .redisHost }}:{{ .redisPort }}/0`,
      },
    });
    this.web = [
      new ExternalSecret(this, "web", {
        ...common,
        name: `${WEB}-secrets`,
        data: this.appKeys(requiredKeys(WEB)),
      }),
    ];
    // Apart, because one missing key would keep a whole ExternalSecret from its Secret.
    const tracing = langsmith.enabled
      ? [
          new ExternalSecret(this, "langsmith", {
            ...common,
            name: `${AI}-langsmith`,
            data: this.appKeys([LANGSMITH_KEY]),
          }),
        ]
      : [];
    this.ai = [ai, ...tracing];
    this.redis =
      redis.kind === "in-cluster"
        ? new ExternalSecret(this, "redis", {
            ...common,
            name: `${REDIS}-secrets`,
            data: { REDIS_PASSWORD: { secret: stack.names.redisSecret, property: "password" } },
          })
        : undefined;
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
