import { EXISTING } from "../../existing-network";
import { synth, type Body } from "../../synth";

const { infra, app } = synth("dev", { network: { existing: EXISTING } });
const ranges = (policy: Body, direction: "ingress" | "egress", port: number): string[] =>
  (policy["spec"][direction] as Body[])
    .filter((rule) => (rule["ports"] as Body[]).some((each) => each["port"] === String(port)))
    .flatMap((rule) =>
      ((rule[direction === "ingress" ? "from" : "to"] ?? []) as Body[]).flatMap(
        (peer) => (peer["ip_block"]?.cidr ?? []) as string[],
      ),
    );

/** EXISTING with another range of a private subnet. */
function withPrivate(cidr: string) {
  const { "us-east-1a": zone, ...others } = EXISTING.subnets;
  return {
    ...EXISTING,
    subnets: { ...others, "us-east-1a": { ...zone, private: { ...zone.private, cidr } } },
  };
}

it("makes nothing of a network, and changes nothing in the one that is there", () => {
  const made = infra.all.map(({ type }) => type);
  for (const type of ["vpc", "subnet", "route", "route_table", "nat_gateway", "internet_gateway", "flow_log"])
    expect(made).not.toContain(`aws_${type}`);
  expect(made).not.toContain("aws_vpc_endpoint");
  expect(made).not.toContain("aws_default_security_group");
});

it("puts nodes, load balancer and cache where the settings say, a cache without a subnet into the private one", () => {
  expect(infra.one("aws_eks_cluster").body["vpc_config"].subnet_ids).toEqual([
    "subnet-0000000a",
    "subnet-0000000d",
  ]);
  for (const group of infra.of("aws_eks_node_group"))
    expect(group.body["subnet_ids"]).toEqual(["subnet-0000000a", "subnet-0000000d"]);
  expect(infra.one("aws_lb").body["subnets"]).toEqual(["subnet-0000000b", "subnet-0000000e"]);
  expect(infra.one("aws_elasticache_subnet_group").body["subnet_ids"]).toEqual([
    "subnet-0000000c",
    "subnet-0000000d",
  ]);
  for (const group of infra.of("aws_security_group")) expect(group.body["vpc_id"]).toBe(EXISTING.vpcId);
});

it("has network policies for the ranges of its subnets", () => {
  const ai = app.one("kubernetes_network_policy_v1", "wbot-ai/").body;
  expect(ranges(ai, "egress", 6379)).toEqual(["172.30.3.0/24", "172.30.4.0/24"]);
  const traefik = infra.one("kubernetes_network_policy_v1", "traefik/controller").body;
  expect(ranges(traefik, "ingress", 8080)).toEqual(["172.30.2.0/24", "172.30.5.0/24"]);
});

describe("a private subnet in a second range of the VPC", () => {
  const existing = withPrivate("100.64.0.0/20");
  const stacks = synth("dev", { network: { existing, endpoints: ["sts"], privateEgress: true } });

  it("reaches the interface endpoints, as does all of the VPC, whose other ranges are read at plan", () => {
    const [group = ""] = stacks.infra
      .of("aws_vpc_endpoint")
      .flatMap(({ body }) => body["security_group_ids"] as string[]);
    const admitted = stacks.infra
      .of("aws_vpc_security_group_ingress_rule")
      .filter(({ body }) => body["security_group_id"] === group);
    const vpc = stacks.infra.one("data.aws_vpc");
    expect(vpc.body).toMatchObject({ id: EXISTING.vpcId });
    expect(vpc.body).not.toHaveProperty("depends_on");
    const others = `\${toset([for each in ${vpc.address}.cidr_block_associations : each.cidr_block if each.state == "associated" && !contains(["172.30.0.0/16","100.64.0.0/20"], each.cidr_block)])}`;
    expect(admitted.map(({ body }) => [body["cidr_ipv4"], body["for_each"]] as unknown[]).sort()).toEqual([
      ["${each.value}", others],
      ["100.64.0.0/20", undefined],
      [existing.cidr, undefined],
    ]);
  });

  it("is closed to pods that may reach other private addresses", () => {
    const rules = stacks.app.one("kubernetes_network_policy_v1", "wbot-ai/").body["spec"].egress as Body[];
    const open = rules.flatMap((rule) =>
      ((rule["to"] ?? []) as Body[]).flatMap(({ ip_block }) =>
        ip_block?.cidr === "0.0.0.0/0" ? [ip_block] : [],
      ),
    );
    expect(open.length).toBeGreaterThan(0);
    for (const { except } of open)
      expect(except).toEqual(expect.arrayContaining([existing.cidr, "100.64.0.0/20"]));
  });
});

it("refuses a cluster of another VPC before anything is changed", () => {
  const conditions = infra.one("aws_eks_cluster").body["lifecycle"].precondition as Body[];
  expect(conditions.map((each) => String(each["error_message"]))).toContainEqual(
    expect.stringMatching(
      /^network\.existing of the environment "dev" is vpc-0123456789abcdef0, but the cluster wbot-dev is in another VPC/,
    ),
  );
});

it("needs no public subnets for an internal load balancer", () => {
  const inside = {
    ...EXISTING,
    subnets: {
      "us-east-1a": { private: EXISTING.subnets["us-east-1a"].private },
      "us-east-1b": { private: EXISTING.subnets["us-east-1b"].private },
    },
  };
  const stack = synth("dev", { network: { existing: inside }, loadBalancer: { internal: true } }).infra;
  expect(stack.one("aws_lb").body["subnets"]).toEqual(["subnet-0000000a", "subnet-0000000d"]);
  expect(() => synth("dev", { network: { existing: inside } }).infra).toThrow(
    "it must be subnets with a public one in each zone, unless loadBalancer.internal is true",
  );
});

it.each([
  [
    "zones that it has no subnets in",
    { network: { existing: EXISTING }, zones: ["us-east-1a", "us-east-1c"] },
    "it must be exactly one entry per zone (us-east-1a, us-east-1c)",
  ],
  [
    "one subnet for two things",
    {
      network: {
        existing: {
          ...EXISTING,
          subnets: {
            ...EXISTING.subnets,
            "us-east-1b": {
              private: EXISTING.subnets["us-east-1a"].private,
              public: EXISTING.subnets["us-east-1b"].public,
            },
          },
        },
      },
    },
    "it must be distinct subnets whose ranges don't overlap (omit cache where it is the private one)",
  ],
  [
    "a NAT mode",
    { network: { existing: EXISTING, nat: "none" } },
    'network.nat is "none": it must be omitted with network.existing, whose routes belong to its owner',
  ],
  [
    "the range of Services",
    { network: { existing: { ...EXISTING, cidr: "172.16.0.0/12" } } },
    "network.existing.cidr is \"172.16.0.0/12\": it must be a range that doesn't overlap the cluster's Service range",
  ],
  [
    "a subnet in the range of Services",
    { network: { existing: withPrivate("172.20.0.0/20") } },
    "it must be ranges that don't overlap the cluster's Service range (172.20.0.0/16)",
  ],
])("refuses %s", (_, overrides, text) => {
  expect(() => synth("dev", overrides).infra).toThrow(text);
});
