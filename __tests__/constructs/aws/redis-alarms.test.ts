import { loadEnvironment } from "../../../environments";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { synth, target, type Body } from "../../synth";

const alarmsOf = (name: string, overrides = {}) =>
  synth(name, overrides)
    .infra.of("aws_cloudwatch_metric_alarm")
    .filter(({ path }) => path.startsWith("redis-alarms/"))
    .map(({ body }) => body);
/** "the 2nd" of the group's nodes, whatever ElastiCache calls them. */
const nodeOf = (text: string) => {
  const [, at] =
    /\$\{element\(sort\(tolist\(aws_elasticache_replication_group\.\w+\.member_clusters\)\), (\d)\)\}/.exec(
      text,
    ) ?? [];
  return Number(at) + 1;
};
const shown = (body: Body) =>
  [
    nodeOf(body["dimensions"].CacheClusterId as string),
    body["metric_name"] as string,
    body["threshold"] as number,
  ] as const;

/** 50 of each pod that uses Redis, at full scale while a release rolls out. */
const connections = (overrides = {}) => {
  const environment = loadEnvironment("prod", { overrides });
  return SERVICE_KEYS.filter((key) => SERVICES[key].redis).reduce(
    (all, key) => all + 2 * 50 * environment[key].replicas.max,
    0,
  );
};

it("watch the memory, the CPU and the connections of every node", () => {
  expect(alarmsOf("prod").map(shown).sort()).toEqual([
    [1, "CPUCreditBalance", 3],
    [1, "CPUUtilization", 45],
    [1, "CurrConnections", 1],
    [1, "CurrConnections", connections()],
    [1, "DatabaseMemoryUsagePercentage", 90],
    [2, "CPUCreditBalance", 3],
    [2, "CPUUtilization", 45],
    [2, "CurrConnections", 1],
    [2, "CurrConnections", connections()],
    [2, "DatabaseMemoryUsagePercentage", 90],
  ]);
});

it.each([
  ["cache.t4g.small", "CPUUtilization", 45],
  ["cache.t2.small", "CPUUtilization", 90],
  ["cache.r7g.large", "CPUUtilization", 45],
  ["cache.r7g.xlarge", "EngineCPUUtilization", 90],
  ["cache.m7g.2xlarge", "EngineCPUUtilization", 90],
])("watch the one thread of %s by %s", (nodeType, metric, percent) => {
  const cpu = alarmsOf("prod", { redis: { nodeType } })
    .map(shown)
    .filter(([, name]) => name.endsWith("CPUUtilization"));
  expect(cpu).toEqual([
    [1, metric, percent],
    [2, metric, percent],
  ]);
});

it.each([
  ["cache.t3.micro", 2],
  ["cache.t4g.medium", 2],
  // AWS has no such metric of t2.
  ["cache.t2.medium", 0],
  ["cache.m7g.large", 0],
])("notice that %s has no credits, since it looks idle then", (nodeType, count) => {
  const credits = alarmsOf("prod", { redis: { nodeType } }).filter(
    ({ metric_name: metric }) => metric === "CPUCreditBalance",
  );
  expect(credits).toHaveLength(count);
  for (const body of credits)
    expect(body).toMatchObject({
      comparison_operator: "LessThanThreshold",
      period: 3600,
      evaluation_periods: 2,
      treat_missing_data: "missing",
    });
});

it("are quiet while a new node, which starts without credits, earns its first ones", () => {
  const [alarm] = alarmsOf("dev").filter(({ metric_name: metric }) => metric === "CPUCreditBalance");
  const { period = 0, evaluation_periods: periods = 0, threshold = 0 } = alarm ?? {};
  // A micro node at 3% CPU, each five minutes; CloudWatch's periods move on with the time.
  const credits = (minute: number) => (8.4 * minute) / 60;
  const average = (from: number) => {
    const minutes = Array.from({ length: period / 300 }, (_, index) => from + 5 * index).filter(
      (each) => each >= 0,
    );
    return minutes.reduce((sum, each) => sum + credits(each), 0) / minutes.length;
  };
  for (let now = (period / 60) * periods; now > period / 60; now -= 5) {
    const starts = Array.from({ length: periods as number }, (_, index) => now - ((index + 1) * period) / 60);
    expect(Math.max(...starts.map(average))).toBeGreaterThanOrEqual(threshold as number);
  }
});

it("lead to the log of slow commands, if the CPU is busy", () => {
  const { infra } = synth("prod");
  const [log] = infra.of("aws_cloudwatch_log_group").filter(({ path }) => path === "redis/slow-log");
  const cpu = alarmsOf("prod").filter(({ metric_name: metric }) => metric.startsWith("CPU"));
  expect(cpu).toHaveLength(4);
  for (const { alarm_description: text } of cpu)
    expect(text).toContain(`First run: aws logs tail ${String(log?.body["name"])} `);
});

it("allow as many connections as the clients of Redis can have at full scale", () => {
  const overrides = {
    ai: { replicas: { max: 20 } },
    nodes: { onDemand: { max: 28 } },
    database: { poolSize: 1 },
  };
  const found = alarmsOf("prod", overrides).map(shown);
  expect(connections(overrides) - connections()).toBe(1000);
  expect(
    found.filter(([, metric, most]) => metric === "CurrConnections" && most > 1).map(([, , most]) => most),
  ).toEqual([connections(overrides), connections(overrides)]);
});

it("notify when they go off and when they clear, and say what that means", () => {
  const { infra } = synth("prod");
  for (const body of alarmsOf("prod")) {
    for (const actions of [body["alarm_actions"], body["ok_actions"]])
      expect(actions.map((arn: string) => target(infra, arn).path)).toEqual(["alarms/topic"]);
    expect(body["alarm_description"]).toMatch(
      /^Redis node \$\{element.*\}(: memory is|: the thread|: its CPU credits|: more than| has not answered).* First run: (aws|kubectl) /,
    );
  }
});

it("take a full cache for normal as long as its hit rate doesn't fall, since the least recently used entries make room", () => {
  const { infra } = synth("prod");
  expect(infra.one("aws_elasticache_parameter_group").body["parameter"]).toEqual([
    { name: "maxmemory-policy", value: "allkeys-lru" },
  ]);
  const memory = alarmsOf("prod").filter(
    ({ metric_name: metric }) => metric === "DatabaseMemoryUsagePercentage",
  );
  expect(memory).toHaveLength(2);
  for (const { alarm_description: text } of memory)
    expect(text).toContain("set a larger redis.nodeType only if the hit rate falls");
});

describe("a lost node", () => {
  const lost = (name: string) =>
    synth(name)
      .infra.of("aws_cloudwatch_metric_alarm")
      .filter(({ path }) => path.startsWith("redis-alarms/lost"));

  it("is one without a single value for several periods, which outlasts a failover", () => {
    expect(lost("prod")).toHaveLength(2);
    for (const { body } of lost("prod"))
      expect(body).toMatchObject({
        statistic: "SampleCount",
        period: 300,
        evaluation_periods: 3,
        comparison_operator: "LessThanThreshold",
        threshold: 1,
        treat_missing_data: "breaching",
      });
  });

  it("is looked for after Redis is there, since before it all nodes look lost", () => {
    const { infra } = synth("prod");
    for (const alarm of lost("prod"))
      expect(infra.isAfter(alarm, infra.one("aws_elasticache_replication_group"))).toBe(true);
  });

  it("is not looked for where nobody gets mail", () => {
    expect(lost("dev")).toEqual([]);
  });
});

it("don't exist if Redis is a pod", () => {
  expect(alarmsOf("dev", { redis: { kind: "in-cluster" } })).toEqual([]);
});
