import { helmValues, synth, type Body, type WrittenStack } from "../../synth";

const valuesOf = (name: string) => helmValues(synth(name).infra.one("helm_release", "cert-manager"));
/** The controller, its webhook and its certificate injector, which take the same values. */
const parts = (values: Body): Body[] => [values, values["webhook"], values["cainjector"]];

describe("cert-manager", () => {
  it("installs its CRDs, and keeps them, and so the certificates, when uninstalled", () => {
    expect(valuesOf("prod")["crds"]).toEqual({ enabled: true, keep: true });
  });

  it("has a spare of each part in prod, and a budget that lets a node drain", () => {
    for (const part of parts(valuesOf("prod"))) {
      expect(part).toMatchObject({
        replicaCount: 2,
        podDisruptionBudget: {
          enabled: true,
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      });
    }
  });

  it("has one pod of each part in dev, and no budget that would keep its node from draining", () => {
    for (const part of parts(valuesOf("dev"))) {
      expect(part).toMatchObject({ replicaCount: 1, podDisruptionBudget: { enabled: false } });
    }
  });

  it("is scheduled before workloads when nodes are short", () => {
    expect(valuesOf("prod")["global"].priorityClassName).toBe("system-cluster-critical");
  });

  it("elects its leader in its own namespace, where it may write", () => {
    expect(valuesOf("prod")["global"].leaderElection).toEqual({ namespace: "cert-manager" });
  });

  it("is replaced when it begins to need that account's role, which running pods never get", () => {
    const annotation = (domain: object) =>
      helmValues(synth("prod", { domain }).infra.one("helm_release", "cert-manager"))["podAnnotations"];
    expect(annotation({})).toEqual({ "wbot/dns-01": "false" });
    expect(annotation({ hostedZoneId: "Z0000000000EXAMPLE" })).toEqual({ "wbot/dns-01": "true" });
  });

  describe("checks DNS-01 challenges", () => {
    const given = (resolvers?: string[]) =>
      synth("prod", {
        domain: { hostedZoneId: "Z0000000000EXAMPLE" },
        ...(resolvers === undefined ? {} : { tls: { resolvers } }),
      }).infra;
    const values = (infra: WrittenStack) => helmValues(infra.one("helm_release", "cert-manager"));
    /** Peers and ports of the controller, but for the internet's web servers and Pod Identity. */
    const asked = (infra: WrittenStack) =>
      (infra.one("kubernetes_network_policy_v1", "cert-manager/controller").body["spec"].egress as Body[])
        .map(({ to, ports }) => ({
          to: (to as Body[]).map(({ ip_block }) => ip_block?.cidr as unknown),
          ports: (ports as Body[]).map(({ port, protocol }) => `${String(protocol)} ${String(port)}`),
        }))
        .filter(({ to, ports }) => !ports.includes("TCP 80") && to[0] !== undefined);

    it("at the zones' own name servers", () => {
      expect(values(given())).not.toHaveProperty("dns01RecursiveNameservers");
      expect(asked(given())).toEqual([{ to: ["0.0.0.0/0"], ports: ["UDP 53", "TCP 53"] }]);
    });

    it("only at the resolvers in the settings, which it may reach, by its address even one in a private network", () => {
      const infra = given(["10.1.0.2:53", "https://8.8.8.8/dns-query", "https://dns.example.com:8443/q"]);
      expect(values(infra)).toMatchObject({
        dns01RecursiveNameservers: "10.1.0.2:53,https://8.8.8.8/dns-query,https://dns.example.com:8443/q",
        dns01RecursiveNameserversOnly: true,
      });
      expect(asked(infra)).toEqual([
        { to: ["10.1.0.2/32"], ports: ["UDP 53", "TCP 53"] },
        { to: ["8.8.8.8/32"], ports: ["TCP 443"] },
        { to: ["0.0.0.0/0"], ports: ["TCP 8443"] },
      ]);
    });

    it.each([
      "8.8.8.8",
      "8.8.8.999:53",
      "8.8.8.8:0",
      "010.0.0.2:53",
      "dns.google:53",
      "https://a,b",
      "http://8.8.8.8",
    ])("not at %s, which cert-manager would not take", (resolver) => {
      expect(() => given([resolver])).toThrow(
        'it must be an IPv4 address and a port, such as "8.8.8.8:53", or a URL of DNS over HTTPS, such as "https://8.8.8.8/dns-query"',
      );
    });
  });
});
