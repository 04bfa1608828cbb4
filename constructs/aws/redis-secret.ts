import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { Password } from "@cdktf/provider-random/lib/password";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE, REDIS, REDIS_PORT } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";

/** ElastiCache allows 16 to 128 characters; letters and digits need no escaping in a URL. */
const PASSWORD_LENGTH = 64;

export interface RedisSecretProps {
  readonly host: string;
  readonly username: string;
  readonly password: Password;
  /** What must accept the password before clients get it. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** The credential that External Secrets passes to the pods as REDIS_URL: JSON of host, port, username and password. */
export class RedisSecret extends Construct {
  constructor(stack: EnvironmentStack, props: RedisSecretProps) {
    super(stack, "redis-secret");
    const { host, username, password, dependsOn = [] } = props;
    const secret = new SecretsmanagerSecret(this, "secret", {
      name: stack.names.redisSecret,
      description: "Redis of wbot: host, port, username, password. Written by Terraform, do not edit.",
      // Useless once its Redis is gone; a pending deletion would keep the name taken and fail the next deploy.
      recoveryWindowInDays: 0,
    });
    new SecretsmanagerSecretVersion(this, "version", {
      secretId: secret.id,
      secretString: Fn.jsonencode({ host, port: REDIS_PORT, username, password: password.result }),
      dependsOn: [...dependsOn],
    });
  }
}

/** The credential of the Redis that `app` runs in the cluster. */
export class InClusterRedisSecret extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: { readonly passwordRotation: number }) {
    super(stack, id);
    new RedisSecret(stack, {
      host: `${REDIS}.${NAMESPACE}.svc.cluster.local`,
      // The only user that exists without being created.
      username: "default",
      password: redisPassword(this, "password", props.passwordRotation),
    });
  }
}

/** A generated password; another one for another generation. */
export function redisPassword(scope: Construct, id: string, generation: number): Password {
  return new Password(scope, id, {
    length: PASSWORD_LENGTH,
    special: false,
    keepers: { generation: String(generation) },
  });
}
