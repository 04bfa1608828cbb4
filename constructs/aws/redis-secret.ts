import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

export interface RedisSecretProps {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** What must accept the password before clients get it. @default - nothing */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** The credential that External Secrets passes to the pods as REDIS_URL: JSON of host, port, username and password. */
export class RedisSecret extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: RedisSecretProps) {
    super(stack, id);
    const secret = new SecretsmanagerSecret(this, "secret", {
      name: stack.names.redisSecret,
      description: "Redis of wbot: host, port, username, password. Written by Terraform, do not edit.",
      // Useless once its Redis is gone; a pending deletion would keep the name taken and fail the next deploy.
      recoveryWindowInDays: 0,
    });
    const { host, port, username, password } = props;
    new SecretsmanagerSecretVersion(this, "version", {
      secretId: secret.id,
      secretString: Fn.jsonencode({ host, port, username, password }),
      dependsOn: [...(props.dependsOn ?? [])],
    });
  }
}
