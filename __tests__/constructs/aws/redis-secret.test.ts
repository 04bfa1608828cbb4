import { synth, target } from "../../synth";

describe.each(["dev", "staging", "prod"])("the Redis credential of %s", (name) => {
  const { infra } = synth(name);
  const secret = infra.one("aws_secretsmanager_secret");

  it("frees its name immediately when destroyed, for the next deploy", () => {
    expect(secret.body).toMatchObject({ name: `wbot/${name}/redis`, recovery_window_in_days: 0 });
  });

  it("doesn't depend on our own key: it is encrypted by AWS's", () => {
    expect(secret.body).not.toHaveProperty("kms_key_id");
  });

  it("contains the address of Redis and how to sign in", () => {
    const { body } = infra.one("aws_secretsmanager_secret_version");
    expect(target(infra, body["secret_id"])).toBe(secret);
    const redis = infra.one("aws_elasticache_replication_group").address;
    const user = infra.one("aws_elasticache_user").address;
    const password = infra.one("random_password", "redis/password-0").address;
    expect(body["secret_string"]).toBe(
      `\${jsonencode({"host" = ${redis}.primary_endpoint_address, "port" = 6379, "username" = ${user}.user_name, "password" = ${password}.result})}`,
    );
  });
});

describe("the credential of Redis in the cluster", () => {
  const { infra } = synth("dev", { redis: { kind: "in-cluster", passwordRotation: 3 } });

  it("is all that is left of Redis in infra", () => {
    expect(infra.all.filter(({ type }) => type.includes("elasticache"))).toEqual([]);
    const below = infra.all.filter(({ path }) => path.startsWith("redis/"));
    expect(below.map(({ type }) => type)).toEqual(["random_password"]);
  });

  it("contains the Service's name, and a new password with each step", () => {
    const password = infra.one("random_password");
    expect(password.body).toMatchObject({ length: 64, special: false, keepers: { generation: "3" } });
    expect(infra.one("aws_secretsmanager_secret").body["name"]).toBe("wbot/dev/redis");
    expect(infra.one("aws_secretsmanager_secret_version").body["secret_string"]).toBe(
      `\${jsonencode({"host" = "wbot-redis.wbot.svc.cluster.local", "port" = 6379, "username" = "default", "password" = ${password.address}.result})}`,
    );
  });
});

it("is the only secret that Terraform creates: people create the app secret", () => {
  const { infra, app } = synth("prod");
  expect(infra.of("aws_secretsmanager_secret").map(({ body }) => body["name"])).toEqual(["wbot/prod/redis"]);
  expect(app.of("aws_secretsmanager_secret")).toEqual([]);
});
