import { Password } from "@cdktf/provider-random/lib/password";
import { Construct } from "constructs";
import { NAMESPACE, REDIS, REDIS_PORT } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { RedisSecret } from "./redis-secret";

const PASSWORD_LENGTH = 64;

/** The credential of the Redis that `app` runs in the cluster: its address and a password. */
export class InClusterRedisSecret extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: { readonly passwordRotation: number }) {
    super(stack, id);
    const password = new Password(this, "password", {
      length: PASSWORD_LENGTH,
      special: false,
      keepers: { generation: String(props.passwordRotation) },
    });
    new RedisSecret(stack, "redis-secret", {
      host: `${REDIS}.${NAMESPACE}.svc.cluster.local`,
      port: REDIS_PORT,
      // The only user that is there without being created.
      username: "default",
      password: password.result,
    });
  }
}
