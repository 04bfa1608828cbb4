import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../../commands/session/session";
import { checks } from "../../../commands/verification/verification";
import { loadEnvironment } from "../../../environments";
import { clusterIs, DEPLOYMENTS, EVENTS, kubernetesCluster, PODS } from "../kubernetes";

let mockAddress: string | undefined;
jest.mock("../../../commands/verification/load-balancer", () => ({
  loadBalancer: () => Promise.resolve(mockAddress),
}));
jest.mock("../../../commands/cli/wait", () => jest.requireActual<object>("../look-once"));

const kubernetes = kubernetesCluster();

beforeEach(() => {
  // Only what is asked of the cluster matters in most tests.
  mockAddress = undefined;
});

const DONE = { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" };
const deployment = (status: object) => ({
  metadata: { name: "wbot-ai", generation: 1 },
  spec: { replicas: 2 },
  status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1, ...status },
});
const pod = (status: object) => ({ metadata: { name: "wbot-ai-2", namespace: "wbot" }, status });
const container = (more: object) => ({
  containerStatuses: [{ name: "wbot-ai", restartCount: 0, started: false, ready: false, ...more }],
});
const folder = mkdtempSync(join(tmpdir(), "wbot-verification-"));
const dev = new Session(loadEnvironment("dev"), folder);
const found = async () => {
  const all = await checks(dev);
  return all.find(({ check }) => check === "rollout wbot-ai")?.run();
};

it("says without a cluster how to deploy it", async () => {
  clusterIs(undefined);
  await expect(found()).rejects.toThrow("first:\n\n  npx wbot deploy infra --env dev\n");
});

const WARNING = {
  status: "warn",
  why: "1 of 2 pods are ready; the rollout is complete, and the others are still starting",
};

describe("a pod that isn't ready once the rollout is complete", () => {
  it.each([
    ["starts", container({ state: { running: {} } })],
    ["waits for its image", container({ state: { waiting: { reason: "ContainerCreating" } } })],
    [
      "waits for a node",
      { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3" }] },
    ],
    ["has lost its node", container({ started: true, ready: true })],
  ])("is a warning if it %s", async (_, status) => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment({ conditions: [DONE] });
    kubernetes.answers[PODS] = { items: [pod(status)] };
    const finding = await found();
    expect(finding).toMatchObject(WARNING);
    expect(finding?.fix).toContain("kubectl describe pods -n wbot -l app.kubernetes.io/name=wbot-ai");
  });

  it.each([
    ["has restarted", container({ restartCount: 1, state: { running: {} } })],
    ["has started, and fails its probe", container({ started: true })],
    [
      "can't pull its image",
      container({ state: { waiting: { reason: "ErrImagePull", message: "denied" } } }),
    ],
  ])("is a failure if it %s", async (_, status) => {
    kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment({ conditions: [DONE] });
    kubernetes.answers[PODS] = { items: [pod(status)] };
    expect(await found()).toMatchObject({ status: "fail", why: "1 of 2 pods are ready" });
  });
});

it.each([
  ["has not come to its end", { conditions: [{ ...DONE, reason: "ReplicaSetUpdated" }] }],
  ["is of an earlier version", { conditions: [DONE], updatedReplicas: 1 }],
])("fails a rollout that %s, though its pods only start", async (_, status) => {
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment(status);
  kubernetes.answers[PODS] = { items: [pod(container({}))] };
  expect(await found()).toMatchObject({ status: "fail" });
});

it("keeps its finding where the reasons can't be read", async () => {
  kubernetes.answers[`${DEPLOYMENTS}/wbot-ai`] = deployment({});
  kubernetes.answers[EVENTS] = 403;
  expect(await found()).toMatchObject({
    status: "fail",
    why: "1 of 2 pods are ready",
    fix: "kubectl describe pods -n wbot -l app.kubernetes.io/name=wbot-ai",
  });
});

it("asks a twin nothing through proxies that forward to the environment that it can replace", async () => {
  mockAddress = "lb.test";
  const overrides = {
    loadBalancer: { allowedCidrs: ["cloudflare" as const] },
    traffic: { trustedProxies: ["cloudflare" as const] },
    domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ" },
  };
  const all = await checks(new Session(loadEnvironment("prod-west", { overrides }), folder));
  expect(await all.find(({ check }) => check === "requests")?.run()).toMatchObject({
    status: "skip",
    why: "the load balancer admits only the proxies of traffic.trustedProxies, which forward to prod until the switch (then set protection: true in environments/prod-west.ts)",
  });
});
