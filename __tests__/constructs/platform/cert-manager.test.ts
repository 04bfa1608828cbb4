import { helmValues, synth, type Body } from "../../synth";

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

  it("runs as the service account that may write the DNS challenge", () => {
    const { infra } = synth("prod", { domain: { hostedZoneId: "Z0000000000EXAMPLE" } });
    const association = infra.one("aws_eks_pod_identity_association", "cert-manager-role").body;
    const release = infra.one("helm_release", "cert-manager");
    expect(association).toMatchObject({
      namespace: release.body["name"],
      service_account: helmValues(release)["serviceAccount"].name,
    });
  });

  it("is replaced when it begins to need that account's role, which running pods never get", () => {
    const annotation = (domain: object) =>
      helmValues(synth("prod", { domain }).infra.one("helm_release", "cert-manager"))["podAnnotations"];
    expect(annotation({})).toEqual({ "wbot/dns-01": "false" });
    expect(annotation({ hostedZoneId: "Z0000000000EXAMPLE" })).toEqual({ "wbot/dns-01": "true" });
  });
});
