import { synth, target, type Body } from "../../synth";

const alarmsOf = (name: string, overrides = {}) =>
  synth(name, overrides)
    .infra.of("aws_cloudwatch_metric_alarm")
    .filter(({ path }) => path.startsWith("redis-alarms/"))
    .map(({ body }) => body);
const shown = (body: Body) => [
  body["dimensions"].CacheClusterId as string,
  body["metric_name"] as string,
  body["threshold"] as number,
];

it("watch the memory and the connections of every node", () => {
  expect(alarmsOf("prod").map(shown).sort()).toEqual([
    ["wbot-prod-001", "CurrConnections", 1000],
    ["wbot-prod-001", "DatabaseMemoryUsagePercentage", 90],
    ["wbot-prod-002", "CurrConnections", 1000],
    ["wbot-prod-002", "DatabaseMemoryUsagePercentage", 90],
  ]);
});

it("allow as many connections as the backend's largest scale can have", () => {
  const found = alarmsOf("prod", { ai: { replicas: { max: 20 } }, nodes: { onDemand: { max: 28 } } }).map(
    shown,
  );
  expect(found.filter(([, metric]) => metric === "CurrConnections").map(([, , most]) => most)).toEqual([
    2000, 2000,
  ]);
});

it("tell people, when it begins and when it ends, and say what it means", () => {
  const { infra } = synth("prod");
  for (const body of alarmsOf("prod")) {
    for (const actions of [body["alarm_actions"], body["ok_actions"]])
      expect(actions.map((arn: string) => target(infra, arn).path)).toEqual(["alarms/topic"]);
    expect(body["alarm_description"]).toMatch(/^Redis node wbot-prod-00[12]: it/);
  }
});

it("are none where Redis is a pod", () => {
  expect(alarmsOf("dev", { redis: { kind: "in-cluster" } })).toEqual([]);
});
