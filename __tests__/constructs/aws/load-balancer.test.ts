import { synth, type Found, target } from "../../synth";

const { infra } = synth("prod");
const nlb = infra.one("aws_lb");
const listener = (port: number) =>
  infra.of("aws_lb_listener").find(({ body }) => body["port"] === port) as Found;
const targets = (port: number) =>
  target(infra, listener(port).body["default_action"][0].target_group_arn as string).body;

const clusterGroup = `\${${infra.one("aws_eks_cluster").address}.vpc_config[0].cluster_security_group_id}`;
const ownGroup = `\${${infra.one("aws_security_group", "load-balancer/security-group").address}.id}`;
const clientsGroup = `\${${infra.one("aws_security_group", "load-balancer/clients").address}.id}`;
const rules = (direction: "ingress" | "egress", group: string) =>
  infra
    .of(`aws_vpc_security_group_${direction}_rule`)
    .filter(({ body, path }) => body["security_group_id"] === group && path.startsWith("load-balancer/"))
    .map(({ body }) => {
      expect(body["to_port"]).toBe(body["from_port"]);
      expect(body["ip_protocol"]).toBe("tcp");
      return [body["from_port"], body["cidr_ipv4"] ?? body["referenced_security_group_id"]];
    });

it("is a network load balancer on the internet, in every public subnet", () => {
  expect(nlb.body).toMatchObject({ load_balancer_type: "network", internal: false });
  expect(nlb.body["subnets"].map((id: string) => target(infra, id).path)).toEqual([
    "network/public-a",
    "network/public-b",
    "network/public-c",
  ]);
});

it("is created after the internet gateway, without which AWS refuses it", () => {
  expect(infra.isAfter(nlb, infra.one("aws_internet_gateway"))).toBe(true);
});

it("survives the loss of a zone: its addresses in the others send to all remaining nodes", () => {
  expect(nlb.body["enable_cross_zone_load_balancing"]).toBe(true);
});

it("stays shifted away from a degraded zone: no deploy switches that off", () => {
  expect(nlb.body["lifecycle"].ignore_changes).toEqual(["enable_zonal_shift"]);
});

it("is created with its security groups: without any, none can be added later", () => {
  expect(nlb.body["security_groups"]).toEqual([ownGroup, clientsGroup]);
});

it("admits anyone by HTTP and HTTPS, and connects only to Traefik's ports", () => {
  expect(rules("ingress", ownGroup)).toEqual([]);
  expect(rules("egress", clientsGroup)).toEqual([]);
  expect(rules("ingress", clientsGroup)).toEqual([
    [80, "0.0.0.0/0"],
    [443, "0.0.0.0/0"],
  ]);
  const ports = [8080, 8000, 8443];
  expect(rules("egress", ownGroup)).toEqual(ports.map((port) => [port, clusterGroup]));
  expect(rules("ingress", clusterGroup)).toEqual(ports.map((port) => [port, ownGroup]));
});

describe("closed to all but a CDN", () => {
  const at = (loadBalancer: object, trustedProxies: string[] = []) =>
    synth("dev", { loadBalancer, traffic: { trustedProxies } }).infra;
  const admitted = (...args: Parameters<typeof at>) =>
    at(...args)
      .of("aws_vpc_security_group_ingress_rule")
      .filter(({ path }) => /^load-balancer\/https?-(in|from-)/.test(path))
      .map(({ body }) => [body["from_port"], body["cidr_ipv4"] ?? body["prefix_list_id"]]);

  it("admits the ranges that the settings name, and nobody else", () => {
    expect(admitted({ allowedCidrs: ["203.0.113.0/24", "10.8.0.0/16"] }).sort()).toEqual([
      [443, "10.8.0.0/16"],
      [443, "203.0.113.0/24"],
      [80, "10.8.0.0/16"],
      [80, "203.0.113.0/24"],
    ]);
    const cloudflare = admitted({ allowedCidrs: ["cloudflare"] }, ["cloudflare"]);
    expect(cloudflare).toContainEqual([443, "104.16.0.0/13"]);
    expect(cloudflare).not.toContainEqual([443, "0.0.0.0/0"]);
  });

  it("keeps a range's rule when the list is put in another order", () => {
    const written = (allowedCidrs: string[]) => {
      const stack = at({ allowedCidrs });
      const rules = stack.of("aws_vpc_security_group_ingress_rule").map(({ path }) => path);
      return [stack.one("aws_security_group", "load-balancer/clients").body["description"], ...rules.sort()];
    };
    expect(written(["203.0.113.0/24", "198.51.100.0/24"].reverse())).toEqual(
      written(["203.0.113.0/24", "198.51.100.0/24"]),
    );
  });

  it("has another group once others are admitted, which is whole before the former one goes", () => {
    const groupOf = (...args: Parameters<typeof at>) =>
      at(...args).one("aws_security_group", "load-balancer/clients").body;
    const first = groupOf({ allowedCidrs: ["cloudflare"] }, ["cloudflare"]);
    const second = groupOf({ allowedPrefixLists: ["cloudfront"] }, ["cloudfront"]);
    // AWS can't change a description, and Terraform ends the name.
    expect(first["description"]).not.toBe(second["description"]);
    expect(first["name_prefix"]).toBe("wbot-dev-clients-");
    const stack = at({ allowedCidrs: ["203.0.113.0/24"] });
    const group = stack.one("aws_security_group", "load-balancer/clients");
    const rules = stack
      .of("aws_vpc_security_group_ingress_rule")
      .filter(({ body }) => body["security_group_id"] === `\${${group.address}.id}`);
    expect(rules).toHaveLength(2);
    for (const { body } of [group, ...rules]) expect(body["lifecycle"].create_before_destroy).toBe(true);
    for (const rule of rules) expect(stack.isAfter(stack.one("aws_lb"), rule)).toBe(true);
  });

  it("admits CloudFront by AWS's own list, on one port: it fits into a group once", () => {
    const stack = at({ allowedPrefixLists: ["cloudfront", "pl-0123456789abcdef0"] }, ["cloudfront"]);
    const list = stack.one("data.aws_ec2_managed_prefix_list", "load-balancer/cloudfront");
    expect(list.body["name"]).toBe("com.amazonaws.global.cloudfront.origin-facing");
    const rules = stack
      .of("aws_vpc_security_group_ingress_rule")
      .filter(({ path }) => path.startsWith("load-balancer/https-from-"))
      .map(({ body }) => [body["from_port"], body["prefix_list_id"]]);
    expect(rules).toEqual([
      [443, `\${${list.address}.id}`],
      [443, "pl-0123456789abcdef0"],
    ]);
  });
});

it("is in the private subnets if it is internal, whose health checks the pods admit", () => {
  const stack = synth("dev", { loadBalancer: { internal: true } }).infra;
  const { body } = stack.one("aws_lb");
  expect(body["internal"]).toBe(true);
  const subnets = body["subnets"].map((id: string) => target(stack, id)) as Found[];
  expect(subnets.map(({ path }) => path)).toEqual(["network/private-a", "network/private-b"]);
  const policy = stack.one("kubernetes_network_policy_v1", "traefik/controller").body;
  expect(JSON.stringify(policy["spec"].ingress)).toContain(String(subnets[0]?.body["cidr_block"]));
});

it.each([
  [80, 8000],
  [443, 8443],
])("forwards port %i to port %i of pods, without touching TLS", (port, podPort) => {
  expect(infra.of("aws_lb_listener")).toHaveLength(2);
  expect(listener(port).body).toMatchObject({ protocol: "TCP" });
  expect(target(infra, listener(port).body["load_balancer_arn"])).toBe(nlb);
  expect(targets(port)).toMatchObject({ protocol: "TCP", port: podPort, target_type: "ip" });
});

it.each([80, 443])("keeps an idle stream on port %i open for the configured time", (port) => {
  expect(listener(port).body["tcp_idle_timeout_seconds"]).toBe(3600);
});

it.each([80, 443])("cuts no stream on port %i while a pod drains or fails its health check", (port) => {
  expect(targets(port)).toMatchObject({
    connection_termination: false,
    // While Traefik still accepts, 120 s, and then finishes.
    deregistration_delay: "420",
    target_health_state: [
      { enable_unhealthy_connection_termination: false, unhealthy_draining_interval: 420 },
    ],
  });
});

it.each([80, 443])("checks a pod's health by its /ping, as often as AWS allows, on port %i", (port) => {
  expect(targets(port)["health_check"]).toMatchObject({
    protocol: "HTTP",
    path: "/ping",
    port: "8080",
    matcher: "200",
    interval: 5,
    timeout: 3,
    unhealthy_threshold: 2,
  });
});

it("leaves it to the cluster who its targets are: a replaced node group changes nothing here", () => {
  for (const type of ["aws_autoscaling_attachment", "aws_lb_target_group_attachment"])
    expect(infra.of(type)).toEqual([]);
});

it("survives a new description of its security group, which AWS could only replace", () => {
  const { body } = infra.one("aws_security_group", "load-balancer/security-group");
  expect(body["lifecycle"].ignore_changes).toEqual(["description"]);
});

it.each([
  ["dev", false],
  ["staging", false],
  ["prod", true],
])("is protected from destroy as configured: %s, %p", (name, protection) => {
  const { body } = synth(name).infra.one("aws_lb");
  expect(body["enable_deletion_protection"]).toBe(protection);
  expect(body["lifecycle"].prevent_destroy).toBe(protection);
});

it("drains as fast as dev's setting", () => {
  for (const { body } of synth("dev").infra.of("aws_lb_target_group"))
    expect(body["deregistration_delay"]).toBe("180");
});
