import { loadEnvironment } from "../../environments";
import { addressPlan, roomForNodes, ZONE_LETTERS } from "../../environments/address-plan";
import { parseCidr } from "../../environments/cidr";
import { EXISTING } from "../existing-network";

const span = (cidr: string) => {
  const { base, prefix } = parseCidr(cidr) ?? { base: NaN, prefix: NaN };
  return { cidr, prefix, first: base, last: base + 2 ** (32 - prefix) - 1 };
};

it("gives nodes and pods an eighth of the VPC per zone, load balancers a 64th, caches a 256th", () => {
  expect(addressPlan("10.0.0.0/16", ["us-east-1a", "us-east-1b", "us-east-1c"])).toEqual({
    private: ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"],
    public: ["10.0.96.0/22", "10.0.100.0/22", "10.0.104.0/22"],
    cache: ["10.0.128.0/24", "10.0.129.0/24", "10.0.130.0/24"],
  });
});

const ZONES = Array.from(ZONE_LETTERS, (letter) => `us-east-1${letter}`);
/** Every list of two or three zones, in every order. */
const LISTS = ZONES.flatMap((one) =>
  ZONES.filter((two) => two !== one).flatMap((two) => [
    [one, two],
    ...ZONES.filter((three) => three !== one && three !== two).map((three) => [one, two, three]),
  ]),
);

it("gives a zone the same ranges in every list and every order", () => {
  const all = addressPlan("10.0.0.0/16", ZONES);
  expect(LISTS).toHaveLength(150);
  for (const zones of LISTS) {
    const plan = addressPlan("10.0.0.0/16", zones);
    for (const sort of ["private", "public", "cache"] as const)
      expect(plan[sort]).toEqual(zones.map((zone) => all[sort][ZONES.indexOf(zone)]));
  }
});

it.each(["10.0.0.0/16", "172.16.64.0/18", "192.168.240.0/20"])(
  "cuts %s into ranges that lie in it, don't overlap, and are as large as AWS asks",
  (cidr) => {
    const vpc = span(cidr);
    const ranges = Object.values(addressPlan(cidr, ZONES) as unknown as Record<string, string[]>)
      .flat()
      .map(span)
      .sort((a, b) => a.first - b.first);
    expect(ranges).toHaveLength(18);
    ranges.forEach((range, index) => {
      expect(range.first).toBeGreaterThan(ranges[index - 1]?.last ?? vpc.first - 1);
      expect(range.last).toBeLessThanOrEqual(vpc.last);
      expect(range.prefix).toBeLessThanOrEqual(28);
    });
  },
);

it("counts the nodes that existing subnets of several sizes have addresses for", () => {
  const { private: small, ...others } = EXISTING.subnets["us-east-1b"];
  const subnets = {
    ...EXISTING.subnets,
    "us-east-1b": { ...others, private: { ...small, cidr: "172.30.4.0/25" } },
  };
  const overrides = { network: { existing: { ...EXISTING, subnets } } };
  const room = roomForNodes(loadEnvironment("dev", { overrides }));
  expect(room).toEqual({ range: "172.30.4.0/25", free: 123, nodes: 10 });
});
