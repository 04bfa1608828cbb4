import { helmValues, synth } from "../../synth";

const { infra, app } = synth("prod");
const values = helmValues(infra.one("helm_release", "external-secrets"));

describe("External Secrets", () => {
  it("serves no cluster-wide kinds, and pushes nothing to AWS", () => {
    expect(values).toMatchObject({
      processClusterStore: false,
      processClusterExternalSecret: false,
      processClusterPushSecret: false,
      processClusterGenerator: false,
      processPushSecret: false,
    });
    const kinds = app.of("kubernetes_manifest").map(({ body }) => body["manifest"].kind as string);
    expect(kinds).toContain("SecretStore");
    expect(kinds).not.toContain("ClusterSecretStore");
  });

  it("has no webhook, and not the controller of its certificate, which would read every Secret", () => {
    expect(values).toMatchObject({ webhook: { create: false }, certController: { create: false } });
  });

  it("installs the CRDs that app uses, and none of the unused ones", () => {
    expect(values["installCRDs"]).toBe(true);
    expect(values["crds"]).toMatchObject({
      createClusterExternalSecret: false,
      createClusterGenerator: false,
      createClusterPushSecret: false,
      createPushSecret: false,
    });
  });

  it("runs as the service account that may read the two secrets", () => {
    expect(infra.one("aws_eks_pod_identity_association", "external-secrets-role").body).toMatchObject({
      namespace: "external-secrets",
      service_account: values["serviceAccount"].name,
    });
  });

  it("has a spare in prod, with one leader", () => {
    expect(values["leaderElect"]).toBe(true);
    expect(values).toMatchObject({
      replicaCount: 2,
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      priorityClassName: "system-cluster-critical",
    });
  });

  it("has no budget in dev, where a single pod's would keep its node from draining", () => {
    const inDev = helmValues(synth("dev").infra.one("helm_release", "external-secrets"));
    expect(inDev).toMatchObject({ replicaCount: 1, podDisruptionBudget: { enabled: false } });
  });
});
