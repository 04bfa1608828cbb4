import { readFileSync } from "node:fs";
import { join } from "node:path";
import { savings } from "../../../commands/cost/choices";
import { costOfEnvironment, dollars } from "../../../commands/cost/cost";
import { show } from "../../../commands/cost/show";
import { changedEnvironment, loadEnvironment, type Overrides } from "../../../environments";
import { unpricedRegion } from "../../../environments/prices";

const [dev, prod] = [loadEnvironment("dev"), loadEnvironment("prod")];

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(console, "log").mockImplementation((text: string) => printed.push(text));
});
afterEach(() => jest.restoreAllMocks());

const rowsOf = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));

it("shows each line item at three scales, the total, and what is assumed", () => {
  expect(show(dev)).toBe(0);
  const rows = rowsOf(printed.join("\n"));
  expect(rows).toContainEqual(["EKS control plane", "1", "$0.1/hour", "$73.00", "$73.00", "$73.00"]);
  expect(rows).toContainEqual(["Public IPv4 addresses", "3", "$0.005/hour", "$10.95", "$10.95", "$10.95"]);
  expect(rows).toContainEqual(["Nodes, t4g.medium", "1–2", "$0.0336/hour", "$24.53", "$24.53", "$49.06"]);
  expect(rows).toContainEqual(["Secrets", "2", "$0.4/month", "$0.80", "$0.80", "$0.80"]);
  expect(rows.find(([first]) => first === "all")).toHaveLength(4);
  expect(printed.join("\n")).toContain("expected: the fewest nodes, 2 GB to browsers, 15 GB through NAT");
});

it("says what is assumed of what there is: no NAT without a gateway, no logs that nothing writes", () => {
  const assumed = (overrides: Overrides) => {
    printed = [];
    show(changedEnvironment(dev, overrides));
    return /expected: .*?, (\S+) GB to browsers, (\S+) GB through NAT, (\S+) GB of logs/
      .exec(printed.join("\n"))
      ?.slice(1)
      .map(Number);
  };
  // Logs of flows, the control plane and Redis; the pods' are kept nowhere.
  expect(assumed({})).toEqual([2, 15, 6.01]);
  expect(assumed({ network: { nat: "none" }, cluster: { logs: [] } })).toEqual([2, 0, 3.01]);
});

it("refuses a region without prices rather than to show another's", () => {
  const elsewhere = changedEnvironment(dev, { region: "eu-west-1", zones: ["eu-west-1a", "eu-west-1b"] });
  expect(() => show(elsewhere)).toThrow(`${unpricedRegion("eu-west-1")}.`);
  expect(printed).toEqual([]);
});

it("says what is missing from the figures", () => {
  const unknown = changedEnvironment(dev, { redis: { nodeType: "cache.r9g.large" } });
  show(unknown);
  expect(printed.join("\n")).toContain(
    "Missing from these figures:\n  redis/group (aws_elasticache_replication_group): environments/prices.ts has no price for cache.r9g.large valkey in us-east-1",
  );
});

it("counts the volumes and addresses of nodes whose type has no price", () => {
  const nat = { network: { nat: "none" } } as const;
  const unknown = { nodes: { spot: { instanceTypes: ["m7gd.large"] } } };
  const of = (item: string, overrides: Overrides) =>
    costOfEnvironment(changedEnvironment(dev, overrides)).lines.find((line) => line.item === item)?.amount;
  for (const item of ["gp3", "ipv4"]) expect(of(item, { ...nat, ...unknown })).toEqual(of(item, nat));
});

describe("what would be cheaper", () => {
  it("saves what the environment would really cost less with it", () => {
    const cost = costOfEnvironment(dev);
    const found = savings(dev, cost);
    const nat = found.find(({ setting }) => setting === 'network.nat: "none"');
    const without = costOfEnvironment(changedEnvironment(dev, { network: { nat: "none" } }));
    expect(nat?.usd).toBeCloseTo(cost.total.expected - without.total.expected);
    // The gateway, its address and its data, less an address for each node.
    expect(nat?.usd).toBeCloseTo(32.85 + 3.65 + 0.68 - 2 * 3.65, 1);
    expect(found.map(({ usd }) => usd)).toEqual(found.map(({ usd }) => usd).sort((a, b) => b - a));
  });

  it("is nothing that the environment's tier or its nodes refuse", () => {
    const settings = savings(prod, costOfEnvironment(prod)).map(({ setting }) => setting);
    expect(settings).toEqual([
      // Still with types for when AWS has no more of the first.
      'nodes.onDemand.instanceTypes: ["t4g.large", "m7g.large", "m6g.large"]',
      'redis.nodeType: "cache.t4g.micro"',
    ]);
    const offered = savings(dev, costOfEnvironment(dev)).map(({ setting }) => setting);
    // All of dev's pods have no room on its one on-demand node.
    expect(offered).not.toContain("nodes.spot.min: 0");
  });

  it.each([
    ["m7g.large", "arm64", "t4g.large", "$0.04"],
    ["m7i.large", "x86_64", "t3.large", "$0.05"],
  ])(
    "says what a burstable type in place of %s bills for credits",
    (type, architecture, burstable, price) => {
      const group = { instanceTypes: [type] };
      const environment = changedEnvironment(prod, {
        nodes: { architecture, onDemand: group, spot: group },
      });
      const found = savings(environment, costOfEnvironment(environment)).find(({ setting }) =>
        setting.includes(`"${burstable}"`),
      );
      expect(found?.means).toContain(`is billed at ${price} a vCPU-hour`);
      // Three nodes of 2 vCPUs, which earn credits for 30 %.
      const even = 30 + (100 * (found?.usd ?? NaN)) / (3 * 2 * 730 * Number(price.slice(1)));
      expect(found?.means).toContain(`above ${Math.round(even)} % it costs more than it saves`);
    },
  );
});

it("is what docs/cost.md says of dev", () => {
  const text = readFileSync(join(__dirname, "..", "..", "..", "docs", "cost.md"), "utf8").replace(
    /\s+/g,
    " ",
  );
  const cost = costOfEnvironment(dev);
  const saved = (setting: string) =>
    savings(dev, cost).find((each) => each.setting.startsWith(setting))?.usd ?? NaN;
  const of = (item: string) => cost.lines.find((line) => line.item === item)?.usd.expected ?? NaN;
  const whole = (usd: number) => `$${Math.round(usd)}`;
  const { expected } = cost.total;
  const nat = saved("network.nat");
  const onDemand = of("t4g.medium on-demand");
  const spot = of("t4g.medium spot");
  for (const said of [
    `dev is expected to cost about ${whole(expected)}, or ${whole(expected - nat)} without NAT`,
    `survive spot interruptions, is about ${whole(onDemand - spot)},`,
    `as in production, ${whole(of("ipv4") / 3)}.`,
    `dev costs about ${whole(saved("destroyed"))} of its ${whole(expected)} a month`,
    `would save about ${whole(onDemand + spot)} of the ${whole(expected)}`,
  ])
    expect(text).toContain(said);
});

it.each([
  [0, "$0.00"],
  [-1.5, "-$1.50"],
  [1234.5, "$1,235"],
])("writes %s as %s", (usd, text) => {
  expect(dollars(usd)).toBe(text);
});
