import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planWithOrphans } from "../../../commands/leftovers/orphans";
import { Session } from "../../../commands/session/session";
import type { PlanJson } from "../../../commands/terraform/plan-json";
import type { StackFolder } from "../../../commands/terraform/stack-folder";
import { stackFolder } from "../../stack-folder";
import { loadEnvironment } from "../../../environments";
import { clusterIs, kubernetesCluster } from "../kubernetes";
import { resource } from "../plan/plans";

let folder: StackFolder;
const dev = new Session(loadEnvironment("dev"));
const OURS = { "app.kubernetes.io/part-of": "wbot", "app.kubernetes.io/managed-by": "cdktf" };
const DEPLOYMENT = "/apis/apps/v1/namespaces/wbot/deployments/wbot-ai";
const STORE = "/apis/external-secrets.io/v1/namespaces/wbot/secretstores/store";
const kinds = (...resources: object[]) => ({ kind: "APIResourceList", resources });

const kubernetes = kubernetesCluster(() => ({
  "/api/v1": kinds({ name: "namespaces", kind: "Namespace", namespaced: false }),
  "/apis/apps/v1": kinds({ name: "deployments", kind: "Deployment", namespaced: true }),
  "/apis/external-secrets.io/v1": kinds({ name: "secretstores", kind: "SecretStore", namespaced: true }),
  "/api/v1/namespaces/traefik/secrets": { items: [] },
}));
beforeEach(() => {
  folder = stackFolder("app", mkdtempSync(join(tmpdir(), "wbot-orphans-")));
});
afterEach(() => {
  rmSync(folder.path, { recursive: true });
});

const metadata = [{ name: "wbot-ai", namespace: "wbot" }];
const STORE_MANIFEST = {
  apiVersion: "external-secrets.io/v1",
  kind: "SecretStore",
  metadata: { name: "store", namespace: "wbot" },
};
const FIRST: PlanJson = {
  resource_changes: [
    resource("kubernetes_deployment_v1.ai", ["create"], null, { metadata }),
    resource("kubernetes_manifest.store", ["create"], null, { manifest: STORE_MANIFEST }),
    resource("kubernetes_namespace_v1.wbot", ["create"], null, { metadata: [{ name: "wbot" }] }),
    resource("helm_release.traefik", ["create"], null, { name: "traefik", namespace: "traefik" }),
    resource("aws_vpc.vpc", ["create"], null, {}),
  ],
};

/** Plans, and returns what was imported in each plan. */
async function imports(json = FIRST): Promise<unknown[]> {
  const file = join(folder.path, "adopted.tf.json");
  const plans: unknown[] = [];
  // A killed run has left it.
  writeFileSync(file, "{}");
  await planWithOrphans(dev, folder, () => {
    plans.push(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
    return Promise.resolve({ json });
  });
  expect(existsSync(file)).toBe(false);
  return plans;
}

it("adopts what is ours in the cluster and not in the state, in a second plan", async () => {
  kubernetes.answers[DEPLOYMENT] = { metadata: { name: "wbot-ai", labels: OURS } };
  kubernetes.answers[STORE] = { metadata: { name: "store", labels: OURS } };
  kubernetes.answers["/api/v1/namespaces/traefik/secrets"] = {
    items: [{ metadata: { name: "sh.helm.release.v1.traefik.v1", labels: { status: "deployed" } } }],
  };
  expect(await imports()).toEqual([
    undefined,
    {
      import: [
        { to: "kubernetes_deployment_v1.ai", id: "wbot/wbot-ai" },
        {
          to: "kubernetes_manifest.store",
          id: "apiVersion=external-secrets.io/v1,kind=SecretStore,namespace=wbot,name=store",
        },
        { to: "helm_release.traefik", id: "traefik/traefik" },
      ],
    },
  ]);
});

it("keeps a ConfigMap that old pods still use, in a second plan", async () => {
  const labels = { "app.kubernetes.io/name": "wbot-ai" };
  const before = { metadata: [{ name: "a", namespace: "wbot", labels }], immutable: true, data: {} };
  kubernetes.answers[DEPLOYMENT] = { status: { replicas: 2, updatedReplicas: 1 } };
  const json = { resource_changes: [resource("kubernetes_config_map_v1.a", ["delete"], before, null)] };
  expect(await imports(json)).toEqual([
    undefined,
    { resource: { kubernetes_config_map_v1: { a: expect.objectContaining({ immutable: true }) } } },
  ]);
});

it("plans once where nothing is there, or there is no cluster", async () => {
  expect(await imports()).toEqual([undefined]);
  clusterIs(undefined);
  expect(await imports()).toEqual([undefined]);
});

it("doesn't adopt a release that was only begun", async () => {
  kubernetes.answers["/api/v1/namespaces/traefik/secrets"] = {
    items: [{ metadata: { name: "sh.helm.release.v1.traefik.v1", labels: { status: "pending-install" } } }],
  };
  expect(await imports()).toEqual([undefined]);
});

it.each([
  ["has none of our labels", { app: "other" }],
  ["others manage", { ...OURS, "app.kubernetes.io/managed-by": "Helm" }],
])("refuses by name what isn't ours, and advises to delete nothing: what %s", async (_, labels) => {
  kubernetes.answers[DEPLOYMENT] = { metadata: { name: "wbot-ai", labels } };
  await expect(imports()).rejects.toThrow(
    new Error(
      "The cluster already has objects that this deploy would create, but without this project's labels, so nothing was changed:\n\n" +
        "  deployment wbot-ai -n wbot\n\n" +
        "Find out who uses them. To hand them over to this project, which then manages them according to its settings: kubectl label --overwrite deployment wbot-ai -n wbot app.kubernetes.io/part-of=wbot app.kubernetes.io/managed-by=cdktf",
    ),
  );
});
