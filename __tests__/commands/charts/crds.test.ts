import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RELEASES, releasesWithCrds, upgradeCrds } from "../../../commands/charts/crds";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { loadEnvironment } from "../../../environments";
import type { Chart } from "../../../constructs/platform/helm-chart";
import { CHARTS } from "../../../stacks/controllers";
import { packed } from "./packed";
import { plan, replace, resource, update } from "../plan/plans";
import { clusterIs, kubernetesCluster } from "../kubernetes";
import { Session } from "../../../commands/session/session";
import { stackFolder } from "../../stack-folder";

// Without digests, which the charts here haven't got.
jest.mock("../../../stacks/controllers", () => ({ CHARTS: [{ name: "traefik", version: "1" }] }));

const GROUP = "/apis/apiextensions.k8s.io/v1";
const RESOURCES = {
  kind: "APIResourceList",
  groupVersion: "apiextensions.k8s.io/v1",
  resources: [{ name: "customresourcedefinitions", kind: "CustomResourceDefinition", namespaced: false }],
};
const at = (name: string) => `${GROUP}/customresourcedefinitions/${name}.traefik.io`;
const crd = (name: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${name}.traefik.io` },
  spec: { group: "traefik.io", versions: [{ name: "v1", storage: true }] },
});

const dev = new Session(loadEnvironment("dev"));
let path: string;
let folder: StackFolder;
const CONTROLLER = "aws-load-balancer-controller";
const cluster = kubernetesCluster(() => ({ [GROUP]: RESOURCES }));
beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), "wbot-crds-"));
  await release(["middlewares", "tlsoptions"]);
});
afterEach(() => jest.restoreAllMocks());

/** A release of Traefik whose chart brings these, and another chart that is not there to be read. */
async function release(names: readonly string[], others: object = {}): Promise<void> {
  const file = join(path, "traefik-1.tgz");
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
  folder = stackFolder("infra", path, json);
}

/** A plan with another version of these releases. */
const upgradeOf = (...names: readonly string[]) =>
  plan(
    ...names.map((name) =>
      update(
        `helm_release.${name}`,
        { name, chart: name, version: "1" },
        { name, chart: name, version: "2" },
      ),
    ),
  );
const written = () => cluster.asked.filter((request) => request.startsWith("PATCH"));
const writing = (name: string) => `PATCH ${at(name)}?fieldManager=wbot&force=true`;

it("writes the CRDs of a chart that changes", async () => {
  for (const name of ["middlewares", "tlsoptions"]) cluster.answers[`PATCH ${at(name)}`] = crd(name);
  await upgradeCrds(dev, folder, upgradeOf("traefik"));
  expect(written()).toEqual([writing("middlewares"), writing("tlsoptions")]);
});

it("reads no chart, and asks no cluster, if a plan changes no such chart", async () => {
  rmSync(join(path, "traefik-1.tgz"));
  clusterIs(undefined).mockRejectedValue(new Error("not asked"));
  await upgradeCrds(dev, folder, plan());
  await upgradeCrds(dev, folder, upgradeOf("reloader"));
  expect(cluster.asked).toEqual([]);
});

it("leaves a release whose chart stays alone", async () => {
  const file = join(path, "controller.tgz");
  writeFileSync(file, await packed(CONTROLLER, { "crds/a.yaml": JSON.stringify(crd("bindings")) }));
  await release(["middlewares"], { controller: { name: CONTROLLER, chart: file } });
  for (const name of ["middlewares", "bindings"]) cluster.answers[`PATCH ${at(name)}`] = crd(name);
  await upgradeCrds(dev, folder, upgradeOf(CONTROLLER));
  expect(written()).toEqual([writing("bindings")]);
  await upgradeCrds(dev, folder, upgradeOf("traefik", CONTROLLER));
  expect(written().sort()).toEqual([writing("bindings"), writing("bindings"), writing("middlewares")]);
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

it("refuses a chart that doesn't match its pinned digest, before anything is changed", async () => {
  const [traefik = {}] = CHARTS as readonly Partial<Chart>[];
  Object.assign(traefik, { digest: "0".repeat(64) });
  await expect(upgradeCrds(dev, folder, upgradeOf("traefik"))).rejects.toThrow(
    /traefik-1\.tgz .* pinned digest/,
  );
  Object.assign(traefik, { digest: undefined });
  expect(cluster.asked).toEqual([]);
});

it("does nothing without a cluster", async () => {
  clusterIs(undefined);
  rmSync(join(path, "traefik-1.tgz"));
  await upgradeCrds(dev, folder, upgradeOf("traefik"));
  expect(cluster.asked).toEqual([]);
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
  folder = stackFolder("infra", path, json);
  const cause = new Error("Connect Timeout Error");
  jest.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("fetch failed", { cause }));
  await expect(upgradeCrds(dev, folder, upgradeOf("traefik"))).rejects.toThrow(
    new Error(
      "The CRDs of oci://ghcr.io/traefik/helm traefik 41.3.0 can't be read (Connect Timeout Error), and Helm does not upgrade them. Nothing was changed. Make the registry reachable, or set a chart mirror: export CHART_MIRROR=<an oci:// registry, or a folder of charts>",
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
