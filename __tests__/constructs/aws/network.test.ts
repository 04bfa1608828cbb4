import { addressPlan } from "../../../environments/address-plan";
import { synth, type Found, type WrittenStack, target } from "../../synth";

const SHAPES = {
  dev: { zones: ["us-east-1a", "us-east-1b"], gateways: ["a"], retention: 7 },
  staging: { zones: ["us-east-1a", "us-east-1b", "us-east-1c"], gateways: ["a"], retention: 30 },
  prod: { zones: ["us-east-1a", "us-east-1b", "us-east-1c"], gateways: ["a", "b", "c"], retention: 365 },
} as const;

const subnets = (stack: WrittenStack, sort: string) =>
  stack.of("aws_subnet").filter(({ path }) => path.startsWith(`network/${sort}-`));

const tableOf = (stack: WrittenStack, subnet: Found): Found => {
  const association = stack.one("aws_route_table_association", `${subnet.path}-association`);
  expect(target(stack, association.body["subnet_id"])).toBe(subnet);
  return target(stack, association.body["route_table_id"]);
};

/** Where a subnet's traffic to anywhere goes: paths of gateways. */
const wayOut = (stack: WrittenStack, subnet: Found): string[] =>
  stack
    .of("aws_route")
    .filter(({ body }) => target(stack, body["route_table_id"]) === tableOf(stack, subnet))
    .map(({ body }) => target(stack, body["nat_gateway_id"] ?? body["gateway_id"]).path);

it("has an address for each NAT route: after a failed change of nat, undoing it finds the old table's route", () => {
  const routes = (nat: string) =>
    synth("staging", { network: { nat } })
      .infra.of("aws_route")
      .filter(({ body }) => "nat_gateway_id" in body)
      .map(({ address }) => address);
  const single = routes("single");
  expect(single).toHaveLength(1);
  expect(routes("per-zone")).toHaveLength(3);
  expect(routes("per-zone")).not.toContain(single[0]);
});

describe.each(["dev", "staging", "prod"] as const)("the network of %s", (name) => {
  const { infra } = synth(name);
  const { zones, gateways, retention } = SHAPES[name];

  it.each(["private", "public", "cache"] as const)("has a %s subnet in every zone, as planned", (sort) => {
    const plan = addressPlan("10.0.0.0/16", zones);
    const written = subnets(infra, sort).map(({ body }) => [body["availability_zone"], body["cidr_block"]]);
    expect(written).toEqual(zones.map((zone, index) => [zone, plan[sort][index]]));
  });

  it("gives public addresses only to gateways and load balancers", () => {
    for (const { path, body } of infra.of("aws_subnet"))
      expect([path, body["map_public_ip_on_launch"]]).toEqual([path, false]);
  });

  it("has NAT gateways as configured, each with its own address", () => {
    const nats = infra.of("aws_nat_gateway");
    expect(nats.map(({ body }) => target(infra, body["subnet_id"]).path)).toEqual(
      gateways.map((letter) => `network/public-${letter}`),
    );
    const addresses = nats.map(({ body }) => target(infra, body["allocation_id"]));
    expect(new Set(addresses).size).toBe(gateways.length);
    expect(infra.of("aws_eip")).toHaveLength(gateways.length);
  });

  it("routes nodes' egress through NAT, in their own zone if it has a gateway", () => {
    const ways = subnets(infra, "private").map((subnet) => wayOut(infra, subnet));
    expect(ways).toEqual(zones.map((_, index) => [`network/nat-${gateways[index] ?? "a"}`]));
  });

  it("routes the public subnets to the internet, and the cache subnets nowhere", () => {
    for (const subnet of subnets(infra, "public"))
      expect(wayOut(infra, subnet)).toEqual(["network/internet"]);
    for (const subnet of subnets(infra, "cache")) expect(wayOut(infra, subnet)).toEqual([]);
  });

  it("reaches S3 without NAT from everywhere but the cache subnets", () => {
    const { body } = infra.one("aws_vpc_endpoint");
    expect(body).toMatchObject({ service_name: "com.amazonaws.us-east-1.s3", vpc_endpoint_type: "Gateway" });
    const tables = (body["route_table_ids"] as string[]).map((id) => target(infra, id));
    const others = infra.of("aws_route_table").filter(({ path }) => path !== "network/cache-routes");
    expect(new Set(tables)).toEqual(new Set(others));
    expect(others).toHaveLength(gateways.length + 1);
  });

  it("puts nodes and the control plane in the private subnets", () => {
    const expected = subnets(infra, "private");
    for (const { body } of infra.of("aws_eks_node_group"))
      expect((body["subnet_ids"] as string[]).map((id) => target(infra, id))).toEqual(expected);
    const { subnet_ids: ids } = infra.one("aws_eks_cluster").body["vpc_config"];
    expect((ids as string[]).map((id) => target(infra, id))).toEqual(expected);
  });

  it("tags the subnets for load balancers", () => {
    const shared = { [`kubernetes.io/cluster/wbot-${name}`]: "shared" };
    for (const { body } of subnets(infra, "public"))
      expect(body["tags"]).toMatchObject({ "kubernetes.io/role/elb": "1", ...shared });
    for (const { body } of subnets(infra, "private"))
      expect(body["tags"]).toMatchObject({ "kubernetes.io/role/internal-elb": "1", ...shared });
    for (const { body } of subnets(infra, "cache")) expect(Object.keys(body["tags"])).toEqual(["Name"]);
  });

  it("empties the VPC's default security group", () => {
    const { body } = infra.one("aws_default_security_group");
    expect(target(infra, body["vpc_id"])).toBe(infra.one("aws_vpc"));
    expect(body).not.toHaveProperty("ingress");
    expect(body).not.toHaveProperty("egress");
  });

  it("logs all traffic, encrypted, for the configured time", () => {
    const { body } = infra.one("aws_flow_log");
    expect(body["traffic_type"]).toBe("ALL");
    expect(target(infra, body["vpc_id"])).toBe(infra.one("aws_vpc"));
    const group = target(infra, body["log_destination"]);
    expect(group.body["retention_in_days"]).toBe(retention);
    expect(target(infra, group.body["kms_key_id"])).toBe(infra.one("aws_kms_key"));
  });
});

it("lets the flow logs' role write to their own group only", () => {
  const { infra } = synth("prod");
  const role = target(infra, infra.one("aws_flow_log").body["iam_role_arn"]);
  const policies = infra.of("aws_iam_role_policy").filter(({ body }) => target(infra, body["role"]) === role);
  expect(policies).toHaveLength(1);
  const [statement] = target(infra, policies[0]?.body["policy"]).body["statement"];
  expect(statement.actions).toEqual(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]);
  const group = infra.one("aws_cloudwatch_log_group", "network/");
  expect(statement.resources).toEqual([`\${${group.address}.arn}:*`]);
});

describe("without NAT", () => {
  const { infra } = synth("dev", { network: { nat: "none", cidr: "172.16.0.0/18" } });

  it("has no NAT gateway and no address to pay for", () => {
    expect([...infra.of("aws_nat_gateway"), ...infra.of("aws_eip")]).toEqual([]);
  });

  it("puts nodes in the public subnets, with public addresses", () => {
    for (const { body } of infra.of("aws_eks_node_group"))
      expect((body["subnet_ids"] as string[]).map((id) => target(infra, id))).toEqual(
        subnets(infra, "public"),
      );
    const mapped = infra.of("aws_subnet").filter(({ body }) => body["map_public_ip_on_launch"] === true);
    expect(mapped).toEqual(subnets(infra, "public"));
  });

  it("has no route out of the private subnets, and the cache subnets stay closed", () => {
    for (const subnet of [...subnets(infra, "private"), ...subnets(infra, "cache")])
      expect(wayOut(infra, subnet)).toEqual([]);
  });

  it("uses the environment's address range", () => {
    expect(infra.one("aws_vpc").body["cidr_block"]).toBe("172.16.0.0/18");
    expect(subnets(infra, "public").map(({ body }) => body["cidr_block"])).toEqual(
      addressPlan("172.16.0.0/18", ["us-east-1a", "us-east-1b"]).public,
    );
  });
});
