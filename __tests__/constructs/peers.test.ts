import { synth, type Body } from "../synth";
import { allowed, IMPOSTOR, KUBE_DNS, pods, TRAEFIK } from "../connections";

describe.each(["dev", "staging", "prod"])("the peers of the workloads of %s", (name) => {
  const { infra, app } = synth(name);
  const blocks = (workload: string): Body[] =>
    app
      .one("kubernetes_network_policy_v1", `${workload}/`)
      .body["spec"].egress.flatMap((rule: Body) => rule["to"] as Body[])
      .map((peer: Body) => peer["ip_block"])
      .filter((block: unknown) => block !== undefined);

  it("name exactly the subnets that infra gives ElastiCache", () => {
    const subnets = infra
      .of("aws_subnet")
      .filter(({ path }) => path.startsWith("network/cache-"))
      .map(({ body }) => body["cidr_block"] as string);
    const named = blocks("wbot-ai").filter(({ cidr }) => cidr !== "0.0.0.0/0");
    expect(subnets).not.toHaveLength(0);
    expect(named.map(({ cidr }) => cidr as string).sort()).toEqual(subnets.sort());
  });

  it.each(["wbot-ai", "wbot-web"])(
    "leave infra's VPC and link-local addresses out of %s's internet",
    (id) => {
      const internet = blocks(id).filter(({ cidr }) => cidr === "0.0.0.0/0");
      const vpc = infra.one("aws_vpc").body["cidr_block"] as string;
      const services = infra.one("aws_eks_cluster").body["kubernetes_network_config"]
        .service_ipv4_cidr as string;
      expect(internet.map(({ except }) => except as string[])).toEqual([[vpc, services, "169.254.0.0/16"]]);
    },
  );

  it.each(["wbot-ai", "wbot-web"])("let %s look names up, by UDP and by TCP", (id) => {
    expect(allowed(app, pods(app, id), KUBE_DNS, 53, "UDP")).toBe(true);
    expect(allowed(app, pods(app, id), KUBE_DNS, 53, "TCP")).toBe(true);
    expect(allowed(app, pods(app, id), KUBE_DNS, 9153)).toBe(false);
  });

  it("take Traefik for Traefik in its own namespace only", () => {
    expect(allowed(app, TRAEFIK, pods(app, "wbot-ai"), 8000)).toBe(true);
    expect(allowed(app, IMPOSTOR, pods(app, "wbot-ai"), 8000)).toBe(false);
  });
});
