import { synth, type WrittenStack, target } from "../../synth";

const group = (stack: WrittenStack) => stack.one("aws_elasticache_replication_group").body;

describe.each(["dev", "staging", "prod"])("the Redis of %s", (name) => {
  const { infra } = synth(name);
  const body = group(infra);

  it("speaks TLS only, and is encrypted at rest", () => {
    expect(body).toMatchObject({
      transit_encryption_enabled: true,
      transit_encryption_mode: "required",
      at_rest_encryption_enabled: "true",
    });
  });

  it("has one user, with two passwords so that one can change, and without server-wide commands", () => {
    const [users] = body["user_group_ids"];
    expect(target(infra, users).body).toMatchObject({ engine: "valkey" });
    const { body: user } = infra.one("aws_elasticache_user");
    expect(target(infra, users).body["user_ids"].map((id: string) => target(infra, id).body)).toEqual([user]);
    expect(user["access_string"]).toBe("on ~* +@all -@dangerous");
    expect(user["authentication_mode"].type).toBe("password");
    const passwords = user["authentication_mode"].passwords.map((each: string) => target(infra, each).path);
    expect(passwords).toEqual(["redis/password-0", "redis/password-1"]);
  });

  it("generates passwords that need no escaping in a URL", () => {
    for (const { body: password } of infra.of("random_password"))
      expect(password).toMatchObject({ length: 64, special: false });
  });

  it("is reachable only from the nodes, on one port, and has no egress", () => {
    const groups = body["security_group_ids"].map((id: string) => target(infra, id));
    expect(groups).toHaveLength(1);
    const rules = [
      ...infra.of("aws_vpc_security_group_ingress_rule"),
      ...infra.of("aws_vpc_security_group_egress_rule"),
    ].filter((rule) => target(infra, rule.body["security_group_id"]) === groups[0]);
    expect(rules.map((rule) => rule.path)).toEqual(["redis/from-nodes"]);
    expect(rules[0]?.body).toMatchObject({
      referenced_security_group_id: `\${${infra.one("aws_eks_cluster").address}.vpc_config[0].cluster_security_group_id}`,
      ip_protocol: "tcp",
      from_port: 6379,
      to_port: 6379,
    });
    expect(groups[0].body).not.toHaveProperty("egress");
    expect(groups[0].body).not.toHaveProperty("ingress");
  });

  it("is in the cache subnets", () => {
    const subnets = target(infra, body["subnet_group_name"]).body["subnet_ids"] as string[];
    expect(subnets.map((id) => target(infra, id))).toEqual(
      infra.of("aws_subnet").filter(({ path }) => path.startsWith("network/cache-")),
    );
  });

  it("evicts the least recently used entries when it is full", () => {
    const parameters = target(infra, body["parameter_group_name"]).body;
    expect(parameters["family"]).toBe("valkey8");
    expect(parameters["parameter"]).toEqual([{ name: "maxmemory-policy", value: "allkeys-lru" }]);
    expect(body).toMatchObject({
      engine: "valkey",
      engine_version: "8.0",
      // Else the next plan after one would replace the cache.
      auto_minor_version_upgrade: "false",
    });
  });

  it("logs slow commands, encrypted with the environment's key", () => {
    const [log] = body["log_delivery_configuration"];
    expect(log).toMatchObject({ log_type: "slow-log", destination_type: "cloudwatch-logs" });
    expect(target(infra, target(infra, log.destination).body["kms_key_id"])).toBe(infra.one("aws_kms_key"));
  });
});

it("fails over to another zone in prod, and keeps its snapshots and logs", () => {
  const { infra } = synth("prod");
  expect(group(infra)).toMatchObject({
    num_cache_clusters: 2,
    automatic_failover_enabled: true,
    multi_az_enabled: true,
    snapshot_retention_limit: 14,
    snapshot_window: "03:00-04:00",
  });
  expect(infra.one("aws_cloudwatch_log_group", "redis/").body["retention_in_days"]).toBe(365);
});

it("is one node in dev, and takes no snapshots", () => {
  const body = group(synth("dev").infra);
  expect(body).toMatchObject({
    num_cache_clusters: 1,
    automatic_failover_enabled: false,
    multi_az_enabled: false,
    snapshot_retention_limit: 0,
  });
  expect(body).not.toHaveProperty("snapshot_window");
});

it("leaves a final snapshot of prod, under a unique name", () => {
  const { infra } = synth("prod");
  const suffix = infra.one("random_id");
  expect(group(infra)["final_snapshot_identifier"]).toBe(`wbot-prod-final-\${${suffix.address}.hex}`);
  expect(suffix.body["byte_length"]).toBeGreaterThanOrEqual(4);
});

it("leaves no final snapshot of dev", () => {
  const { infra } = synth("dev");
  expect(group(infra)).not.toHaveProperty("final_snapshot_identifier");
  expect(infra.of("random_id")).toEqual([]);
});

it.each([
  ["dev", false],
  ["prod", true],
])("is protected from destroy as configured: %s, %p", (name, protection) => {
  expect(group(synth(name).infra)["lifecycle"].prevent_destroy).toBe(protection);
});

describe("as Redis OSS, with its password changed once", () => {
  const { infra } = synth("dev", { redis: { engine: "redis", version: "7.1", passwordRotation: 2 } });
  const users = infra.of("aws_elasticache_user");

  it("uses the last version that ElastiCache has", () => {
    expect(group(infra)).toMatchObject({ engine: "redis", engine_version: "7.1" });
    expect(target(infra, group(infra)["parameter_group_name"]).body["family"]).toBe("redis7");
  });

  it("disables the default user, which a Redis user group must contain", () => {
    const defaults = users.filter(({ body }) => body["user_name"] === "default");
    expect(defaults).toHaveLength(1);
    expect(defaults[0]?.body).toMatchObject({
      engine: "redis",
      access_string: "off ~* -@all",
      // ElastiCache answers with another authentication_mode than it takes: each plan would have a change.
      no_password_required: true,
    });
    expect(defaults[0]?.body).not.toHaveProperty("authentication_mode");
    const members = infra.one("aws_elasticache_user_group").body["user_ids"] as string[];
    expect(new Set(members.map((id) => target(infra, id)))).toEqual(new Set(users));
    expect(users).toHaveLength(2);
  });

  it("gives clients the new password, and still accepts the old one", () => {
    const generations = infra.of("random_password").map(({ path, body }) => [path, body["keepers"]]);
    expect(generations).toEqual([
      ["redis/password-0", { generation: "0" }],
      ["redis/password-1", { generation: "1" }],
    ]);
    const active = infra.one("random_password", "redis/password-1");
    expect(infra.one("aws_secretsmanager_secret_version").body["secret_string"]).toContain(
      `"password" = ${active.address}.result`,
    );
  });
});

describe("restored from a snapshot", () => {
  const restored = synth("prod", {
    redis: { restoreFrom: "before-the-change" },
  }).infra;

  it("is created from it: naming one replaces an existing Redis", () => {
    expect(group(restored)["snapshot_name"]).toBe("before-the-change");
    expect(group(restored)["lifecycle"]).not.toHaveProperty("ignore_changes");
  });

  it("leaves the replaced one's final snapshot under a name that the next one's does not have", () => {
    expect(restored.one("random_id").body["keepers"]).toEqual({
      restoreFrom: "before-the-change",
    });
  });

  it("stays as it is once the setting is removed", () => {
    const { infra } = synth("prod");
    expect(group(infra)).not.toHaveProperty("snapshot_name");
    expect(group(infra)["lifecycle"]["ignore_changes"]).toEqual(["snapshot_name"]);
    expect(infra.one("random_id").body["lifecycle"]["ignore_changes"]).toEqual(["keepers"]);
  });
});
