import { metadata, synth } from "../../synth";

const MEASURED = ["PodMonitor monitoring.coreos.com/v1", "PrometheusRule monitoring.coreos.com/v1"];

function namespaceOf({ kind, apiVersion }: { kind: string; apiVersion: string }, own: string) {
  if (kind === "ClusterIssuer") return undefined;
  return apiVersion.startsWith("monitoring.") ? "monitoring" : own;
}

describe.each(["dev", "staging", "prod"])("the custom resources of %s", (name) => {
  const { app } = synth(name);
  // These are manifests too, for fields that the provider's own resources lack.
  const others = ["PodDisruptionBudget", "Service"];
  const resources = app
    .of("kubernetes_manifest")
    .filter(({ body }) => !others.includes(body["manifest"].kind as string));

  it("are of versions that the pinned charts serve", () => {
    const versions = new Set(
      resources.map(({ body }) => `${String(body["manifest"].kind)} ${String(body["manifest"].apiVersion)}`),
    );
    expect([...versions].sort()).toEqual([
      "Certificate cert-manager.io/v1",
      "ClusterIssuer cert-manager.io/v1",
      "ExternalSecret external-secrets.io/v1",
      "Middleware traefik.io/v1alpha1",
      ...(name === "dev" ? [] : MEASURED),
      "SecretStore external-secrets.io/v1",
    ]);
  });

  it("are in the product's namespace, except the issuer, which has none, and what Prometheus reads", () => {
    const own = "wbot";
    for (const resource of resources) {
      expect([resource.path, metadata(resource)["namespace"]]).toEqual([
        resource.path,
        namespaceOf(resource.body["manifest"], own),
      ]);
    }
  });

  it("give up waiting for Ready within minutes, if they wait at all", () => {
    for (const { body } of resources) {
      expect(body["timeouts"]).toEqual(body["wait"] === undefined ? undefined : { create: "2m" });
      if (body["wait"] !== undefined)
        expect(body["wait"]).toEqual({ condition: [{ type: "Ready", status: "True" }] });
    }
  });
});
