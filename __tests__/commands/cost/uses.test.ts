import { Unpriced, usesOf } from "../../../commands/cost/uses";
import { costOf } from "../../../commands/cost/cost";
import { environments, loadEnvironment, type Overrides } from "../../../environments";
import type { Resource } from "../../../stacks/stack-json";
import { WITH_EVERY_TYPE } from "../../shapes";
import { synth } from "../../synth";
import { LOGS_KEPT_SHARE, USAGE } from "../../../environments/prices";

const resourcesOf = (name: string, overrides?: Overrides): Resource[] => {
  const { infra, app } = synth(name, overrides);
  return [...infra.all, ...app.all].filter(({ address }) => !address.startsWith("data."));
};
const resource = (type: string, body: object, id = "x"): Resource => ({
  type,
  address: `${type}.${id}`,
  path: id,
  body: body as Resource["body"],
});
/** Amounts by item, at the expected scale. */
const expected = (subject: Resource, others: readonly Resource[] = []) =>
  Object.fromEntries(
    usesOf(subject, [subject, ...others], "development").map(({ item, amount }) => [item, amount.expected]),
  );

/** The others are in a region without prices, of which `cost` says so. */
const PRICED = Object.keys(environments).filter((name) => loadEnvironment(name).region === "us-east-1");

it.each([...PRICED.map((name) => [name, {}] as const), ...WITH_EVERY_TYPE])(
  "prices or frees every resource (%s, %j): if not, add a rule to commands/cost/uses.ts",
  (name, overrides) => {
    const { region, tier } = loadEnvironment(name, { overrides });
    expect(costOf(resourcesOf(name, overrides), { region, tier }).unpriced).toEqual([]);
  },
);

it("names a resource whose type has no rule, and leaves it out", () => {
  const cost = costOf([resource("aws_rds_cluster", {}), resource("aws_kms_key", {})], {
    region: "us-east-1",
    tier: "development",
  });
  expect(cost.unpriced.map(({ text }) => text)).toEqual([
    "x (aws_rds_cluster): its type has no rule in commands/cost/uses.ts",
  ]);
  expect(cost.total.expected).toBe(1);
});

describe("a node group", () => {
  const of = (name: string, overrides?: Overrides) => {
    const all = resourcesOf(name, overrides);
    const group = all.find(({ type, path }) => type === "aws_eks_node_group" && path === "on-demand/group");
    if (!group) throw new Error("no on-demand group");
    return usesOf(group, all, "development");
  };

  it("costs from its least to its most nodes, each with both its disks", () => {
    expect(of("dev")).toEqual([
      { item: "t4g.medium on-demand", amount: { low: 1, expected: 1, full: 2 } },
      { item: "gp3", amount: { low: 24, expected: 24, full: 48 } },
    ]);
  });

  it("pays for public addresses where there is no NAT", () => {
    expect(of("dev", { network: { nat: "none" } })).toContainEqual({
      item: "ipv4",
      amount: { low: 1, expected: 1, full: 2 },
    });
  });

  it("is read from a state, too, where blocks are lists", () => {
    const group = resource("aws_eks_node_group", {
      node_group_name_prefix: "spot-",
      capacity_type: "SPOT",
      instance_types: ["m7g.large"],
      scaling_config: [{ min_size: 2, max_size: 4, desired_size: 3 }],
    });
    const template = resource("aws_launch_template", {
      name_prefix: "wbot-dev-spot-",
      block_device_mappings: [{ ebs: [{ volume_size: 4 }] }, { ebs: [{ volume_size: 30 }] }],
    });
    expect(expected(group, [template])).toEqual({ "m7g.large spot": 2, gp3: 68 });
  });
});

it("counts an address in each zone of a load balancer that faces the internet", () => {
  expect(expected(resource("aws_lb", { subnets: ["a", "b", "c"], internal: false }))).toMatchObject({
    ipv4: 3,
  });
  expect(expected(resource("aws_lb", { subnets: ["a"], internal: true }))).not.toHaveProperty("ipv4");
});

it("counts an interface endpoint in each of its zones, and a gateway endpoint not at all", () => {
  const ids = { subnet_ids: ["a", "b"] };
  expect(expected(resource("aws_vpc_endpoint", { vpc_endpoint_type: "Interface", ...ids }))).toEqual({
    "endpoint.hour": 2,
  });
  expect(expected(resource("aws_vpc_endpoint", { vpc_endpoint_type: "Gateway" }))).toEqual({});
});

it("splits the traffic over the NAT gateways", () => {
  const [one, two] = ["a", "b"].map((id) => resource("aws_nat_gateway", {}, id)) as [Resource, Resource];
  expect(expected(one, [two])["nat.data"]).toBe((expected(one)["nat.data"] ?? 0) / 2);
});

it("counts a metric of our own with its alarm, and AWS's own never", () => {
  const alarm = (namespace: string) =>
    expected(resource("aws_cloudwatch_metric_alarm", { namespace, metric_name: "Failing" }));
  expect(alarm("wbot/dev")).toEqual({ alarm: 1, metric: 1 });
  expect(alarm("AWS/ElastiCache")).toEqual({ alarm: 1 });
});

it("counts each metric of an alarm that computes with several", () => {
  const metric_query = [
    { metric: { metric_name: "a" } },
    { metric: [{ metric_name: "b" }] },
    { expression: "a/b" },
  ];
  expect(expected(resource("aws_cloudwatch_metric_alarm", { metric_query }))).toEqual({ alarm: 2 });
});

it("keeps logs as long as their group does", () => {
  const kept = (days: number) =>
    expected(resource("aws_cloudwatch_log_group", { name: "/aws/vpc/x", retention_in_days: days }))[
      "logs.kept"
    ];
  expect(kept(60)).toBeCloseTo(2 * (kept(30) ?? 0));
});

it("takes a control plane that keeps no logs to write none", () => {
  const group = resource("aws_cloudwatch_log_group", {
    name: "/aws/eks/wbot-dev/cluster",
    retention_in_days: 30,
  });
  const cluster = (types: string[] | null) =>
    resource("aws_eks_cluster", { name: "wbot-dev", enabled_cluster_log_types: types });
  expect(expected(group, [cluster(["audit"])])).toHaveProperty(["logs.in"]);
  for (const types of [[], null]) expect(expected(group, [cluster(types)])).toEqual({});
  const lines = (overrides: Overrides) =>
    costOf(resourcesOf("dev", overrides), loadEnvironment("dev")).lines.find(
      ({ item }) => item === "logs.in",
    );
  const { logs } = USAGE.development;
  const control = logs["/aws/eks/*/cluster"] ?? NaN;
  expect(lines({ cluster: { logs: [] } })?.amount.expected).toBeCloseTo(
    (lines({})?.amount.expected ?? NaN) - control,
  );
});

it("assumes the pods' logs apart from the control plane's", () => {
  const group = (name: string) => resource("aws_cloudwatch_log_group", { name, retention_in_days: 30 });
  const written = (name: string) => usesOf(group(name), [], "production")[0]?.amount.expected;
  expect(written("/aws/eks/wbot-prod/pods")).toBe(USAGE.production.pods);
  expect(written("/aws/eks/wbot-prod/cluster")).toBe(USAGE.production.logs["/aws/eks/*/cluster"]);
});

it("keeps Loki's logs as long as the bucket's rule does, and prices what Loki writes", () => {
  const lifecycle = resource("aws_s3_bucket_lifecycle_configuration", {
    rule: [{ expiration: [{ days: 60 }] }],
  });
  const bucket = resource("aws_s3_bucket", {});
  expect(usesOf(bucket, [bucket, lifecycle], "production")).toMatchObject([
    { item: "s3", amount: { expected: USAGE.production.pods * 2 * LOGS_KEPT_SHARE } },
    { item: "s3.put" },
  ]);
});

it.each([
  [
    "a volume of each pod",
    "kubernetes_stateful_set_v1",
    { spec: [{ replicas: "2", t: [{ requests: { storage: "3Gi" } }] }] },
    6,
  ],
  [
    "a chart's volumes",
    "helm_release",
    { values: [JSON.stringify({ p: { replicas: 2, s: { resources: { requests: { storage: "30Gi" } } } } })] },
    60,
  ],
  [
    "a chart's persistence",
    "helm_release",
    { values: [JSON.stringify({ persistence: { size: "10Gi" } })] },
    10,
  ],
])("finds %s", (_, type, body, gib) => {
  expect(expected(resource(type, body))).toEqual({ gp3: gib });
});

it.each([
  ["persistence that is off", { persistence: { enabled: false, size: "10Gi" } }],
  ["a quota", { hard: { "requests.storage": "10Gi" } }],
])("takes %s for no volume", (_, values) => {
  expect(expected(resource("helm_release", { values: [JSON.stringify(values)] }))).toEqual({});
});

it.each([
  [
    "a log group without an assumption",
    "aws_cloudwatch_log_group",
    { name: "/x", retention_in_days: 7 },
    "no usage is assumed for /x: environments/prices.ts",
  ],
  [
    "nodes of no template",
    "aws_eks_node_group",
    { node_group_name_prefix: "x-" },
    "its launch template was not found",
  ],
  [
    "values of another kind",
    "helm_release",
    { values: ["a: 1"] },
    "the volumes in its values are unknown: they are not JSON",
  ],
])("has no figure for %s", (_, type, body, why) => {
  expect(() => expected(resource(type, body))).toThrow(new Unpriced(why));
});
