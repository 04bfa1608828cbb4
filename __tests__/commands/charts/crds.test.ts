import { KubeConfig } from "@kubernetes/client-node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crdUpgrade, RELEASES, releasesWithCrds } from "../../../commands/charts/crds";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import type { Chart } from "../../../constructs/platform/helm-chart";
import { CHARTS } from "../../../stacks/controllers";
import { packed } from "./packed";
import { plan, replace, resource, update } from "../plan/plans";
import { clusterIs, kubernetesCluster } from "../kubernetes";
import { Session } from "../../../commands/session/session";

// Without digests, which the charts here haven't got.
jest.mock("../../../stacks/controllers", () => ({ CHARTS: [{ name: "traefik" }] }));

const GROUP = "/apis/apiextensions.k8s.io/v1";
const RESOURCES = {
  kind: "APIResourceList",
  groupVersion: "apiextensions.k8s.io/v1",
  resources: [{ name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false }],
};
const at = (name: string) => `${GROUP}/customresourcedefinitions/${name}.traefik.io`;
const crd = (name: string, storage = "v1") => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${name}.traefik.io` },
  spec: { group: "traefik.io", versions: [{ name: storage, storage: true }] },
});

const dev = new Session(loadEnvironment("dev"));
let path: string;
let folder: StackFolder;
const cluster = kubernetesCluster(() => ({ [GROUP]: RESOURCES }));
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), "wbot-crds-"));
  await release(["middlewares", "tlsoptions"]);
});
afterEach(() => {
  rmSync(path, { recursive: true });
});

const CONTROLLER = "aws-load-balancer-controller";

/** A release of Traefik whose chart brings these, and another chart that is not there to be read. */
async function release(names: readonly string[], others: object = {}): Promise<void> {
  const file = join(path, "traefik.tgz");
  const files = Object.fromEntries(names.map((name) => [`crds/${name}.yaml`, JSON.stringify(crd(name))]));
  writeFileSync(
    file,
    await packed("traefik", { ...files, "Chart.yaml": "name: traefik", "templates/crds/x.yaml": "no: crd" }),
  );
  const releases = {
    traefik: { name: "traefik", chart: file },
    other: { name: "reloader", chart: "/nowhere.tgz" },
    ...others,
  };
  const json = { resource: { helm_release: releases } };
  folder = { stack: "infra", path, json, checksum: undefined, nameOf: (address) => address };
}

/** How the cluster has a CRD, and how it would have it. */
function has(name: string, there: object | undefined, after: object): void {
  if (there !== undefined) cluster.answers[`GET ${at(name)}`] = there;
  cluster.answers[`PATCH ${at(name)}`] = after;
}
const written = () =>
  cluster.asked.filter((request) => request.startsWith("PATCH") && !request.includes("dryRun"));

it("upgrades what differs in the chart, and nothing else", async () => {
  has("middlewares", crd("middlewares", "v1alpha1"), crd("middlewares"));
  has("tlsoptions", crd("tlsoptions"), crd("tlsoptions"));
  const { names, apply } = await crdUpgrade(dev, folder, {});
  expect(names).toEqual(["middlewares.traefik.io"]);
  expect(written()).toEqual([]);
  await apply();
  expect(written()).toEqual([`PATCH ${at("middlewares")}?fieldManager=wbot&force=true`]);
});

it("adds what is new in the chart, since Helm does so only on its first installation", async () => {
  has("middlewares", crd("middlewares"), crd("middlewares"));
  has("tlsoptions", undefined, crd("tlsoptions"));
  const { names, apply } = await crdUpgrade(dev, folder, {});
  expect(names).toEqual(["tlsoptions.traefik.io"]);
  await apply();
  expect(written()).toEqual([`PATCH ${at("tlsoptions")}?fieldManager=wbot&force=true`]);
});

it("leaves a first installation to Helm", async () => {
  expect((await crdUpgrade(dev, folder, {})).names).toEqual([]);
  expect(cluster.asked.filter((request) => request.startsWith("PATCH"))).toEqual([]);
});

describe("of two releases", () => {
  beforeEach(async () => {
    const file = join(path, "controller.tgz");
    writeFileSync(file, await packed(CONTROLLER, { "crds/a.yaml": JSON.stringify(crd("bindings")) }));
    await release(["middlewares"], { controller: { name: CONTROLLER, chart: file } });
  });

  it("upgrades both", async () => {
    has("middlewares", crd("middlewares", "v1alpha1"), crd("middlewares"));
    has("bindings", crd("bindings", "v1alpha1"), crd("bindings"));
    expect((await crdUpgrade(dev, folder, {})).names).toEqual([
      "bindings.traefik.io",
      "middlewares.traefik.io",
    ]);
  });

  it("leaves the one that is new to Helm", async () => {
    has("middlewares", crd("middlewares", "v1alpha1"), crd("middlewares"));
    has("bindings", undefined, crd("bindings"));
    expect((await crdUpgrade(dev, folder, {})).names).toEqual(["middlewares.traefik.io"]);
    expect(
      cluster.asked.filter((request) => request.includes("PATCH") && request.includes("bindings")),
    ).toEqual([]);
  });

  it("needs to see the cluster if either is there", async () => {
    cluster.answers = { [GROUP]: 401 };
    const created = (name: string) => resource(`helm_release.${name}`, ["create"], null, { name });
    const both = plan(created("traefik"), created(CONTROLLER));
    expect((await crdUpgrade(dev, folder, both)).names).toEqual([]);
    await expect(crdUpgrade(dev, folder, plan(created("traefik")))).rejects.toThrow(/can't be compared/);
  });
});

it("reads a chart from its publisher's https repository", async () => {
  const archive = await packed(CONTROLLER, { "crds/a.yaml": JSON.stringify(crd("bindings")) });
  const index = { entries: { [CONTROLLER]: [{ version: "3.5.0", urls: ["controller.tgz"] }] } };
  const ask = ((url: string) =>
    Promise.resolve(
      url.endsWith("/index.yaml") ? Response.json(index) : new Response(new Uint8Array(archive)),
    )) as unknown as typeof fetch;
  await release([], {
    controller: { name: CONTROLLER, chart: CONTROLLER, repository: "https://charts.test", version: "3.5.0" },
  });
  has("bindings", crd("bindings", "v1alpha1"), crd("bindings"));
  expect((await crdUpgrade(dev, folder, {}, ask)).names).toEqual(["bindings.traefik.io"]);
});

/**
 * Whether a chart has CRDs in its own folder `crds/`: see its package. Those in templates, and those of a subchart's that
 * is switched off (alloy's, kube-prometheus-stack's), are not Helm's to install once.
 */
const IN_CRDS = {
  "prometheus-operator-crds": false,
  "cert-manager": false,
  "external-secrets": false,
  "aws-load-balancer-controller": true,
  traefik: true,
  "cluster-autoscaler": false,
  reloader: false,
  "kube-prometheus-stack": false,
  loki: false,
  alloy: false,
};

it("knows of every chart whether Helm never upgrades its CRDs", () => {
  const { CHARTS: all } = jest.requireActual<{ CHARTS: readonly Chart[] }>("../../../stacks/controllers");
  expect(Object.keys(IN_CRDS).sort()).toEqual(all.map(({ name }) => name).sort());
  const wanted = Object.entries(IN_CRDS).flatMap(([name, is]) => (is ? [name] : []));
  expect([...RELEASES].sort()).toEqual(wanted.sort());
});

it("does nothing in a cluster that a killed run has left, which lets nobody in yet, if no release is there either", async () => {
  cluster.answers = { [GROUP]: 401 };
  const release = (actions: readonly string[], before: object | null) =>
    plan(resource("helm_release.traefik", actions, before, { name: "traefik" }));
  expect((await crdUpgrade(dev, folder, release(["create"], null))).names).toEqual([]);
  await expect(crdUpgrade(dev, folder, release(["update"], { name: "traefik" }))).rejects.toThrow(
    /can't be compared with the charts'/,
  );
});

it("refuses a chart that doesn't match its pinned digest, before anything is changed", async () => {
  const [traefik = {}] = CHARTS as readonly Partial<Chart>[];
  Object.assign(traefik, { digest: "0".repeat(64) });
  await expect(crdUpgrade(dev, folder, {})).rejects.toThrow(
    /^The chart .*traefik\.tgz doesn't match its pinned digest: .* Nothing was changed\..* pin the new SHA-256 there\.$/,
  );
  Object.assign(traefik, { digest: undefined });
  expect(cluster.asked).toEqual([]);
});

it("does nothing without a cluster", async () => {
  clusterIs(undefined);
  rmSync(join(path, "traefik.tgz"));
  expect((await crdUpgrade(dev, folder, {})).names).toEqual([]);
});

it("says how to fix a chart that can't be read", async () => {
  const releases = {
    traefik: {
      name: "traefik",
      chart: "traefik",
      repository: "oci://ghcr.io/traefik/helm",
      version: "41.3.0",
    },
  };
  const json = { resource: { helm_release: releases } };
  folder = { stack: "infra", path, json, checksum: undefined, nameOf: (address) => address };
  const cause = { code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" };
  const unreachable = () => Promise.reject(new TypeError("fetch failed", { cause }));
  await expect(crdUpgrade(dev, folder, {}, unreachable)).rejects.toThrow(
    new Error(
      "The CRDs of oci://ghcr.io/traefik/helm traefik 41.3.0 can't be read (UNABLE_TO_GET_ISSUER_CERT_LOCALLY. If a proxy inspects TLS here, name its certificate authority: export AWS_CA_BUNDLE=<file>.pem), and Helm does not upgrade them. Nothing was changed. Make the registry reachable, or set a chart mirror: export CHART_MIRROR=<an oci:// registry, or a folder of charts>",
    ),
  );
});

it("says that the cluster, not AWS, can't be reached", async () => {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "wbot-dev", server: "https://127.0.0.1:1", skipTLSVerify: false },
    { name: "me" },
  );
  clusterIs(config);
  await expect(crdUpgrade(dev, folder, {})).rejects.toThrow(
    /^The cluster's CRDs, which Helm does not upgrade, can't be compared with the charts' \(.*ECONNREFUSED 127\.0\.0\.1:1\)\. Nothing was changed\.$/,
  );
});

it("reports Kubernetes' answer if access is denied", async () => {
  cluster.answers[`GET ${at("middlewares")}`] = 403;
  await expect(crdUpgrade(dev, folder, {})).rejects.toThrow(
    new Error(
      "The cluster's CRDs, which Helm does not upgrade, can't be compared with the charts' (Kubernetes says 403). Nothing was changed.",
    ),
  );
});

describe("releases whose CRDs a plan may change", () => {
  const release = (name: string, more: object = {}) => ({
    name,
    chart: "a",
    version: "1",
    values: ["a"],
    ...more,
  });
  const upgrade = (name: string, more: object) =>
    update("helm_release.r", release(name), release(name, more));

  it.each([
    ["another version", upgrade("traefik", { version: "2" })],
    ["another chart, such as a file of a mirror", upgrade("traefik", { chart: "b" })],
    [
      "a replacement",
      replace("helm_release.r", "version", {
        before: release("traefik"),
        after: release("traefik", { version: "2" }),
      }),
    ],
  ])("are told by %s", (_, change) => {
    expect(releasesWithCrds(plan(change))).toEqual(["traefik"]);
  });

  it.each([
    ["other values", upgrade("traefik", { values: ["b"] })],
    ["a release whose CRDs Helm upgrades", upgrade("reloader", { version: "2" })],
    ["a first installation", resource("helm_release.r", ["create"], null, release("traefik"))],
    [
      "something else of that name",
      update("aws_lb.r", release("traefik"), release("traefik", { version: "2" })),
    ],
  ])("are none with %s", (_, change) => {
    expect(releasesWithCrds(plan(change))).toEqual([]);
  });
});
