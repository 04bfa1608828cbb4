import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformVariable } from "cdktf";
import { useCluster } from "../../../constructs/platform/cluster-providers";
import { HelmChart } from "../../../constructs/platform/helm-chart";
import { EnvironmentStack } from "../../../constructs/environment-stack";
import { loadEnvironment } from "../../../environments";
import { CHARTS } from "../../../stacks/controllers";
import { helmValues, metadata, synth, WrittenStack } from "../../synth";

/** Their versions are in their own files alone, where Renovate raises them. */
const PINNED = [
  ["cert-manager", "oci://quay.io/jetstack/charts"],
  ["external-secrets", "https://charts.external-secrets.io"],
  ["aws-load-balancer-controller", "https://aws.github.io/eks-charts"],
  ["traefik", "oci://ghcr.io/traefik/helm"],
  ["cluster-autoscaler", "https://kubernetes.github.io/autoscaler"],
  ["reloader", "https://stakater.github.io/stakater-charts"],
] as const;

/** With metrics and logs: each in a namespace of its own. */
const OBSERVED = [
  ["alloy", "https://grafana.github.io/helm-charts"],
  ["kube-prometheus-stack", "oci://ghcr.io/prometheus-community/charts"],
  ["prometheus-operator-crds", "oci://ghcr.io/prometheus-community/charts"],
] as const;

const versionOf = (chart: string) => CHARTS.find(({ name }) => name === chart)?.version ?? "";

const temporary: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "wbot-charts-"));
  temporary.push(made);
  return made;
};
afterAll(() => {
  for (const each of temporary) rmSync(each, { recursive: true });
});

describe.each(["dev", "staging", "prod"])("the releases of %s", (name) => {
  const { infra } = synth(name);
  const releases = infra.of("helm_release");
  const pinned = name === "dev" ? PINNED : [...PINNED, ...OBSERVED];
  const namespaceOf = (id: string) => (id === "kube-prometheus-stack" ? "monitoring" : id);

  it("are the charts of their publishers, as this test lists them, and no others", () => {
    expect(releases.map(({ body }) => [body["chart"], body["version"], body["repository"]]).sort()).toEqual(
      pinned.map(([chart, repository]) => [chart, versionOf(chart), repository]).sort(),
    );
    // No range.
    for (const [chart] of pinned) expect(versionOf(chart)).toMatch(/^v?\d+\.\d+\.\d+$/);
  });

  it("wait for pods and hooks, and leave nothing half-installed", () => {
    for (const { path, body } of releases) {
      expect({ path, ...body }).toMatchObject({
        path,
        wait: true,
        wait_for_jobs: true,
        atomic: true,
        cleanup_on_fail: true,
        timeout: 600,
      });
    }
  });

  it("each have their own namespace, which rejects pods that aren't restricted", () => {
    const namespaces = infra.of("kubernetes_namespace_v1");
    expect(namespaces.map((each) => metadata(each)["name"]).sort()).toEqual(
      [...pinned.map(([id]) => namespaceOf(id)), "acme-account", "wbot"].sort(),
    );
    for (const each of namespaces) {
      expect(metadata(each)["labels"]).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
    }
    for (const { body } of releases) {
      const own = infra.one("kubernetes_namespace_v1", `${String(body["name"])}/namespace`);
      expect(body["namespace"]).toBe(`\${${own.address}.metadata[0].name}`);
    }
  });
});

describe("a chart mirror", () => {
  it("that is a registry provides the same charts in the same versions", () => {
    const releases = synth("dev", undefined, "oci://registry.internal/charts").infra.of("helm_release");
    expect(releases.map(({ body }) => [body["chart"], body["version"], body["repository"]]).sort()).toEqual(
      PINNED.map(([chart]) => [chart, versionOf(chart), "oci://registry.internal/charts"]).sort(),
    );
  });

  it("that is a directory provides its files, so that Helm needs no network", () => {
    const mirror = folder();
    const files = PINNED.map(([chart]) => join(mirror, `${chart}-${versionOf(chart)}.tgz`));
    for (const file of files) writeFileSync(file, "");
    const releases = synth("dev", undefined, mirror).infra.of("helm_release");
    expect(releases.map(({ body }) => body["chart"] as string).sort()).toEqual(files.sort());
    for (const { body } of releases) {
      expect(body).not.toHaveProperty("repository");
      expect(body).not.toHaveProperty("version");
    }
  });

  it("that lacks a chart is reported, with the file and the command that fetches it", () => {
    const mirror = folder();
    const version = versionOf("cert-manager");
    expect(() => synth("dev", undefined, mirror).infra).toThrow(
      expect.objectContaining({
        name: "EnvironmentError",
        message:
          `CHART_MIRROR is "${mirror}", but ${join(mirror, `cert-manager-${version}.tgz`)} doesn't exist. Put the chart there ` +
          `(helm pull oci://quay.io/jetstack/charts/cert-manager --version ${version}), ` +
          'set CHART_MIRROR to an "oci://" registry, or unset it.',
      }) as Error,
    );
  });
});

describe("the values of a chart", () => {
  class Stack extends EnvironmentStack {
    constructor(app: App) {
      super(app, "infra", loadEnvironment("dev"));
      useCluster(this, { name: "any", endpoint: "https://any", certificateAuthority: "" }, { helm: true });
    }
  }
  const chart = { name: "any", version: "1.0.0", repository: "oci://registry.internal/charts" };
  const context = {
    dependsOn: [],
    installed: new Map(),
    vpcId: "",
    loadBalancer: {
      hostName: "",
      targetGroups: { web: { arn: "", name: "" }, websecure: { arn: "", name: "" } },
    },
    logStore: [],
  };
  const install = (stack: Stack, values: object) =>
    new HelmChart(stack, { name: "any", chart, pods: () => ({}), values: () => values }, context);

  it("reach Helm as written, even if they look like Terraform templates", () => {
    const outdir = folder();
    const app = new App({ outdir });
    const values = { text: 'a "${b}" and %{ if c }' };
    install(new Stack(app), values);
    app.synth();
    const release = new WrittenStack(join(outdir, "stacks", "infra", "cdk.tf.json")).one("helm_release");
    expect(release.body["values"][0]).toContain("$${b}");
    expect(release.body["values"][0]).toContain("%%{ if c }");
    expect(helmValues(release)).toEqual(values);
  });

  it("that are known only after apply leave the YAML, where they would be quoted wrongly, for their own path", () => {
    const outdir = folder();
    const app = new App({ outdir });
    const stack = new Stack(app);
    const host = new TerraformVariable(stack, "host", { type: "string" }).stringValue;
    const ranges = new TerraformVariable(stack, "ranges", { type: "list(string)" }).listValue;
    const values = {
      objects: [{ kind: "Other" }, { kind: "Binding", spec: { host, port: 80 } }],
      "a.b": { host },
      known: [],
      ranges,
    };
    install(stack, values);
    app.synth();
    const release = new WrittenStack(join(outdir, "stacks", "infra", "cdk.tf.json")).one("helm_release");
    expect(helmValues(release)).toEqual({
      objects: [{ kind: "Other" }, { kind: "Binding", spec: { port: 80 } }],
      known: [],
    });
    expect(release.body["set"]).toEqual([
      { name: "objects[1].spec.host", value: "${var.host}" },
      { name: "a\\.b.host", value: "${var.host}" },
      { name: "ranges", value: '{${join(",", var.ranges)}}' },
    ]);
  });
});
