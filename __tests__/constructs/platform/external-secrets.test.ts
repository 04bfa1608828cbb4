import { BOTH_ELSEWHERE } from "../../shapes";
import { helmValues, metadata, synth, type Body } from "../../synth";

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

describe.each([
  ["alloy-secrets", "alloy", "alloy", "alloy-otlp"],
  ["monitoring-secrets", "monitoring", "kube-prometheus-stack", "metrics-remote-write"],
])("a further External Secrets, %s, for the namespace %s", (name, served, chart, secret) => {
  const { infra: both } = synth("prod", BOTH_ELSEWHERE);
  const first = both.one("helm_release", "external-secrets/");
  const release = both.one("helm_release", `${name}/release`);
  const copies = both.one("helm_release", `${name}/copies`);
  const own = helmValues(release);
  const objects = helmValues(copies)["extraObjects"] as Body[];
  const find = (kind: string) => objects.find((each) => each["kind"] === kind);

  it("differs from the first in its name, its namespace, its one pod and its CRDs", () => {
    const { topologySpreadConstraints: spread, ...others } = own;
    const { topologySpreadConstraints: firstSpread, ...firstOthers } = helmValues(first);
    expect(others).toEqual({
      ...firstOthers,
      replicaCount: 1,
      podDisruptionBudget: { enabled: false },
      installCRDs: false,
      serviceAccount: { name },
      scopedNamespace: served,
    });
    expect(JSON.stringify(spread)).toBe(
      JSON.stringify(firstSpread).replaceAll('instance":"external-secrets"', `instance":"${name}"`),
    );
    for (const key of ["chart", "version", "repository", "wait", "atomic", "timeout"])
      expect([key, release.body[key], copies.body[key]]).toEqual([key, first.body[key], first.body[key]]);
  });

  it("has the first one's kinds, its credentials and the namespace before it, and until it is gone", () => {
    const before = [
      first,
      both.one("aws_eks_pod_identity_association", `${name}-role`),
      both.one("kubernetes_namespace_v1", `${chart}/namespace`),
      ...both.of("kubernetes_network_policy_v1").filter(({ path }) => path.startsWith(`${name}/`)),
    ];
    expect(before).toHaveLength(7);
    for (const each of before) expect([each.path, both.isAfter(release, each)]).toEqual([each.path, true]);
  });

  it("outlives what it copies, of which only it lets go, and what waits for that", () => {
    expect(both.isAfter(copies, release)).toBe(true);
    expect(both.isAfter(both.one("helm_release", `${chart}/release`), copies)).toBe(true);
  });

  it("copies by a store like the product's, with nothing but names in it", () => {
    const known = app
      .of("kubernetes_manifest")
      .map(({ body }) => body["manifest"] as Body)
      .find(({ kind }) => kind === "SecretStore");
    const store = find("SecretStore");
    expect([store?.["apiVersion"], store?.["spec"]]).toEqual([known?.["apiVersion"], known?.["spec"]]);
    expect(find("ExternalSecret")).toMatchObject({
      apiVersion: known?.["apiVersion"] as string,
      metadata: { name: secret, namespace: served },
      spec: {
        secretStoreRef: { kind: "SecretStore", name: store?.["metadata"].name as string },
        target: { name: secret, creationPolicy: "Owner", deletionPolicy: "Retain" },
      },
    });
    expect(objects).toHaveLength(2);
  });

  it("leaves its releases in its own namespace, which rejects pods that aren't restricted", () => {
    const namespace = both.one("kubernetes_namespace_v1", `${name}/namespace`);
    expect(metadata(namespace)).toMatchObject({
      name,
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
    for (const each of [release, copies])
      expect(each.body["namespace"]).toBe(`\${${namespace.address}.metadata[0].name}`);
  });
});

it("copies the password of metrics with the user's name as it is: braces are neither Helm's nor its own", () => {
  const objects = helmValues(
    synth("prod", BOTH_ELSEWHERE).infra.one("helm_release", "monitoring-secrets/copies"),
  )["extraObjects"] as Body[];
  const { spec } = objects.find(({ kind }) => kind === "ExternalSecret") as Body;
  expect(spec.data).toEqual([
    { secretKey: "password", remoteRef: { key: "wbot/prod/app", property: "METRICS_PASSWORD" } },
  ]);
  const { mergePolicy, data } = spec.target.template;
  expect(mergePolicy).toBe("Merge");
  // Each of the two templates prints the quoted braces.
  const printed = (template: string) => template.replaceAll(/\{\{ "(\{\{)" \}\}/g, "$1");
  expect(printed(printed(data.username))).toBe("{{1234}}");
});
