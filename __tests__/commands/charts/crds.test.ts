import { KubeConfig } from "@kubernetes/client-node";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crdUpgrade, releasesWithCrds } from "../../../commands/charts/crds";
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

/** A release of Traefik whose chart brings these, and another chart that is not there to be read. */
async function release(names: readonly string[]): Promise<void> {
  const file = join(path, "traefik.tgz");
  const files = Object.fromEntries(names.map((name) => [`crds/${name}.yaml`, JSON.stringify(crd(name))]));
  writeFileSync(
    file,
    await packed("traefik", { ...files, "Chart.yaml": "name: traefik", "templates/crds/x.yaml": "no: crd" }),
  );
  const releases = {
    traefik: { name: "traefik", chart: file },
    other: { name: "reloader", chart: "/nowhere.tgz" },
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
