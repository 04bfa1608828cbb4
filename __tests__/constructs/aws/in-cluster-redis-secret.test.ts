import { synth } from "../../synth";

const { infra } = synth("dev", { redis: { kind: "in-cluster", passwordRotation: 3 } });

it("creates nothing in ElastiCache", () => {
  expect(infra.all.filter(({ type }) => type.includes("elasticache"))).toEqual([]);
  const remains = infra.all.filter(
    ({ path, type }) => path.startsWith("redis/") && type !== "random_password",
  );
  expect(remains).toEqual([]);
});

it("publishes the Service's name and a password where app reads them", () => {
  expect(infra.one("aws_secretsmanager_secret").body["name"]).toBe("wbot/dev/redis");
  const password = infra.one("random_password").address;
  expect(infra.one("aws_secretsmanager_secret_version").body["secret_string"]).toBe(
    `\${jsonencode({"host" = "wbot-redis.wbot.svc.cluster.local", "port" = 6379, "username" = "default", "password" = ${password}.result})}`,
  );
});

it("generates a new password with each step", () => {
  expect(infra.one("random_password").body).toMatchObject({
    length: 64,
    special: false,
    keepers: { generation: "3" },
  });
});
