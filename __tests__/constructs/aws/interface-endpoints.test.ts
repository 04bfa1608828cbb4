import { EXISTING } from "../../existing-network";
import { synth, target, type Body, type Found, type WrittenStack } from "../../synth";

const SERVICES = ["ecr.api", "eks-auth", "secretsmanager"];
const { infra, app } = synth("dev", { network: { endpoints: SERVICES } });
const endpoints = (stack: WrittenStack): Found[] =>
  stack.of("aws_vpc_endpoint").filter(({ body }) => body["vpc_endpoint_type"] === "Interface");

/** Ranges that a policy's pods may reach by HTTPS, the internet aside, of those that begin so. */
const reached = (stack: WrittenStack, path: string, begin = "10."): string[] =>
  (stack.one("kubernetes_network_policy_v1", path).body["spec"].egress as Body[])
    .filter((rule) => (rule["ports"] as Body[]).some((each) => each["port"] === "443"))
    .flatMap((rule) => (rule["to"] as Body[]).flatMap((peer) => (peer["ip_block"]?.cidr ?? []) as string[]))
    .filter((range) => range.startsWith(begin));

it("answer under the services' usual names, in the cache's subnets, which lead nowhere else", () => {
  expect(endpoints(infra).map(({ body }) => body["service_name"] as string)).toEqual(
    SERVICES.map((service) => `com.amazonaws.us-east-1.${service}`),
  );
  for (const { body } of endpoints(infra)) {
    expect(body["private_dns_enabled"]).toBe(true);
    expect((body["subnet_ids"] as string[]).map((id) => target(infra, id).path)).toEqual([
      "network/cache-a",
      "network/cache-b",
    ]);
  }
});

it("admit the whole VPC, where the names resolve to them", () => {
  const [group = ""] = endpoints(infra)[0]?.body["security_group_ids"] as string[];
  const rules = infra
    .of("aws_vpc_security_group_ingress_rule")
    .filter(({ body }) => body["security_group_id"] === group)
    .map(({ body }) => [body["cidr_ipv4"], body["from_port"]]);
  expect(rules).toEqual([["10.0.0.0/16", 443]]);
});

it("come before the nodes, which may have no other way to AWS, with what admits them", () => {
  const admits = infra.one("aws_vpc_security_group_ingress_rule", "endpoints/https-from-vpc");
  for (const group of infra.of("aws_eks_node_group"))
    for (const each of [...endpoints(infra), admits]) expect(infra.isAfter(group, each)).toBe(true);
});

describe("network policies", () => {
  const ranges = infra
    .of("aws_subnet")
    .filter(({ path }) => path.startsWith("network/cache-"))
    .map(({ body }) => body["cidr_block"] as string);

  it("let controllers and services reach them: their addresses are the VPC's, which is closed otherwise", () => {
    expect(ranges).toHaveLength(2);
    expect(reached(infra, "external-secrets/controller")).toEqual(ranges);
    expect(reached(infra, "cluster-autoscaler/controller")).toEqual(ranges);
    expect(reached(app, "wbot-ai/")).toEqual(ranges);
  });

  it("open nothing where there are none", () => {
    expect(reached(synth("dev").app, "wbot-ai/")).toEqual([]);
    expect(endpoints(synth("dev").infra)).toEqual([]);
  });
});

it("go into a network that is there already, too", () => {
  const stack = synth("dev", { network: { existing: EXISTING, endpoints: ["sts"] } }).infra;
  expect(endpoints(stack)[0]?.body["subnet_ids"]).toEqual(["subnet-0000000c", "subnet-0000000d"]);
});

it("may be their owner's in such a network, and be reached there alone", () => {
  const network = { existing: { ...EXISTING, endpoints: ["172.30.200.0/26"] } };
  const stacks = synth("dev", { network });
  expect(endpoints(stacks.infra)).toEqual([]);
  for (const path of ["external-secrets/controller", "cluster-autoscaler/controller"])
    expect(reached(stacks.infra, path, "172.30.")).toEqual(["172.30.200.0/26"]);
  expect(reached(stacks.app, "wbot-ai/", "172.30.")).toEqual(["172.30.200.0/26"]);
});
