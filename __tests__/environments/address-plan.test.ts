import { addressPlan } from "../../environments/address-plan";
import { parseCidr } from "../../environments/cidr";

const span = (cidr: string) => {
  const { base, prefix } = parseCidr(cidr) ?? { base: NaN, prefix: NaN };
  return { cidr, prefix, first: base, last: base + 2 ** (32 - prefix) - 1 };
};

it("gives nodes and pods an eighth of the VPC per zone, load balancers a 64th, caches a 256th", () => {
  expect(addressPlan("10.0.0.0/16", 3)).toEqual({
    private: ["10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"],
    public: ["10.0.96.0/22", "10.0.100.0/22", "10.0.104.0/22"],
    cache: ["10.0.128.0/24", "10.0.129.0/24", "10.0.130.0/24"],
  });
});

it("leaves the first zones' ranges alone when a zone is added", () => {
  const two = addressPlan("10.0.0.0/16", 2);
  const three = addressPlan("10.0.0.0/16", 3);
  for (const sort of ["private", "public", "cache"] as const)
    expect(three[sort].slice(0, 2)).toEqual(two[sort]);
});

it.each(["10.0.0.0/16", "172.16.64.0/18", "192.168.240.0/20"])(
  "cuts %s into ranges that lie in it, don't overlap, and are as large as AWS asks",
  (cidr) => {
    const vpc = span(cidr);
    const ranges = Object.values(addressPlan(cidr, 3) as unknown as Record<string, string[]>)
      .flat()
      .map(span)
      .sort((a, b) => a.first - b.first);
    expect(ranges).toHaveLength(9);
    ranges.forEach((range, index) => {
      expect(range.first).toBeGreaterThan(ranges[index - 1]?.last ?? vpc.first - 1);
      expect(range.last).toBeLessThanOrEqual(vpc.last);
      expect(range.prefix).toBeLessThanOrEqual(28);
    });
  },
);
