import { synth, target, type Body } from "../synth";
import { allowed, API, TRAEFIK } from "../connections";

describe.each(["dev", "staging", "prod"])("the peers of the workloads of %s", (name) => {
  const written = synth(name);
  const { infra, app } = written;
  const blocks = (workload: string): Body[] =>
    app
      .one("kubernetes_network_policy_v1", `${workload}/`)
      .body["spec"].egress.flatMap((rule: Body) => rule["to"] as Body[])
      .map((peer: Body) => peer["ip_block"])
      .filter((block: unknown) => block !== undefined);

  it("are exactly the subnets that infra gives ElastiCache", () => {
    const subnets = infra
      .of("aws_subnet")
      .filter(({ path }) => path.startsWith("network/cache-"))
      .map(({ body }) => body["cidr_block"] as string);
    const named = blocks("wbot-ai").filter(({ cidr }) => cidr !== "0.0.0.0/0");
    expect(subnets).not.toHaveLength(0);
    expect(named.map(({ cidr }) => cidr as string).sort()).toEqual(subnets.sort());
  });

  it("are exactly the subnets of the control plane and the load balancer", () => {
    const ranges = (ids: string[]) => ids.map((id) => target(infra, id).body["cidr_block"] as string);
    const ingress = (path: string, port: string): string[] =>
      infra
        .one("kubernetes_network_policy_v1", path)
        .body["spec"].ingress.filter((rule: Body) => rule["ports"].some((it: Body) => it["port"] === port))
        .flatMap((rule: Body) => rule["from"].map((peer: Body) => peer["ip_block"].cidr as string));
    const controlPlane = ranges(infra.one("aws_eks_cluster").body["vpc_config"].subnet_ids as string[]);
    expect(ingress("cert-manager/webhook", "10250")).toEqual(controlPlane);
    const loadBalancer = ranges(infra.one("aws_lb").body["subnets"] as string[]);
    expect(ingress("traefik/controller", "8080")).toEqual(loadBalancer);
  });

  it("include the Kubernetes API's address, the first of the cluster's Services", () => {
    const services = infra.one("aws_eks_cluster").body["kubernetes_network_config"]
      .service_ipv4_cidr as string;
    expect(API.address).toBe(services.replace(/0\/\d+$/, "1"));
    expect(allowed(written, TRAEFIK, API, 443)).toBe(true);
  });

  it.each(["wbot-ai", "wbot-web"])(
    "leave private networks, the VPC's own among them, and link-local addresses out of %s's internet",
    (id) => {
      const internet = blocks(id).filter(({ cidr }) => cidr === "0.0.0.0/0");
      expect(internet.map(({ except }) => except as string[])).toEqual([
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
      ]);
    },
  );
});
