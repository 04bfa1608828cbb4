import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../../commands/session/session";
import { checks, wayIn } from "../../../commands/verification/verification";
import { loadEnvironment, type Overrides } from "../../../environments";
import { LOGS_AT_A_VENDOR } from "../../shapes";
import {
  CERTIFICATE,
  clusterIs,
  DEPLOYMENTS,
  EVENTS,
  EXTERNAL_SECRETS,
  kubernetesCluster,
  PODS,
} from "../kubernetes";

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
const foundOf = async (check: string, session: Session) =>
  (await checks(session)).find((each) => each.check === check)?.run();
const found = () => foundOf("rollout wbot-ai", dev);

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
  const twin = new Session(loadEnvironment("prod-west", { overrides }), folder);
  expect(await foundOf("requests", twin)).toMatchObject({
    status: "skip",
    why: "the load balancer admits only the proxies of traffic.trustedProxies, which forward to prod until the switch (then set protection: true in environments/prod-west.ts)",
  });
});

describe("the way in", () => {
  it("is the load balancer, whatever DNS says, or the proxies where only these may connect", () => {
    const way = (overrides: Overrides) => wayIn(loadEnvironment("dev", { overrides }), "lb.test");
    const traffic = { trustedProxies: ["cloudflare"] };
    expect(way({})).toBe("lb.test");
    expect(way({ traffic })).toBe("lb.test");
    expect(way({ loadBalancer: { internal: true } })).toBe("lb.test");
    expect(way({ loadBalancer: { allowedCidrs: ["cloudflare"] }, traffic })).toBe("dev.chat.example.com");
    const company = {
      loadBalancer: { allowedCidrs: ["203.0.113.0/24"] },
      traffic: { trustedProxies: ["203.0.113.8/32"] },
    };
    const domain = { hostedZoneId: "Z0123456789ABCDEFGHIJ" };
    // The record leads past the proxy.
    expect(way({ ...company, domain })).toBe("lb.test");
    expect(way({ ...company, domain: { ...domain, records: false } })).toBe("dev.chat.example.com");
  });

  it("is none for a twin behind proxies, which lead to the environment that it can replace, until it is protected", () => {
    const overrides = {
      loadBalancer: { allowedCidrs: ["cloudflare" as const] },
      traffic: { trustedProxies: ["cloudflare" as const] },
      domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ" },
    };
    expect(wayIn(loadEnvironment("prod-west"), "lb.test")).toBe("lb.test");
    expect(wayIn(loadEnvironment("prod-west", { overrides }), "lb.test")).toBeUndefined();
    const production = { ...overrides, protection: true };
    expect(wayIn(loadEnvironment("prod-west", { overrides: production }), "lb.test")).toBe(
      "chat.example.com",
    );
  });
});

describe("a certificate that isn't issued", () => {
  const fix = async (overrides: Overrides) => {
    kubernetes.answers[CERTIFICATE] = {
      status: { conditions: [{ type: "Ready", status: "False", message: "issuing" }] },
    };
    const session = new Session(loadEnvironment("prod", { overrides }), folder);
    const finding = await foundOf("certificate", session);
    expect(finding).toMatchObject({ status: "fail", why: "issuing" });
    return finding?.fix;
  };
  const live =
    "If it is live elsewhere, that would move its users to a host without a certificate: docs/moving-here.md says how to get one first.";

  it("is no reason to move users of a host that is live elsewhere", async () => {
    expect(await fix({ domain: { host: "chat.example.com" } })).toBe(
      `Let's Encrypt validates it over http://chat.example.com. If nobody uses the name yet, point it at the load balancer, then wait a few minutes. ${live}`,
    );
  });

  it("needs the name to point at the proxies in front", async () => {
    expect(
      await fix({ domain: { host: "chat.example.com" }, traffic: { trustedProxies: ["203.0.113.0/24"] } }),
    ).toContain(" point it at the proxies of traffic.trustedProxies, then ");
  });

  it("is validated by a record in its hosted zone, whatever the name points at", async () => {
    expect(await fix({ domain: { host: "chat.example.com", hostedZoneId: "Z0123456789ABC" } })).toBe(
      "kubectl describe certificates,orders,challenges -n wbot",
    );
  });
});

describe("the app secret's copies in the cluster", () => {
  const COPIES = EXTERNAL_SECRETS.replace("/wbot/", "/alloy/");
  const session = new Session(loadEnvironment("prod", { overrides: LOGS_AT_A_VENDOR }), folder);
  const synced = () => foundOf("secrets", session);
  const copied = (status: string, message: string) => ({
    items: [
      { metadata: { name: "alloy-otlp" }, status: { conditions: [{ type: "Ready", status, message }] } },
    ],
  });

  it("looks at the key that is copied to Alloy as well as at the product's", async () => {
    kubernetes.answers[COPIES] = copied("True", "synced");
    expect(await synced()).toMatchObject({
      status: "pass",
      why: "3 Secrets are synced from Secrets Manager",
    });
  });

  it("fails where there is none", async () => {
    kubernetes.answers[EXTERNAL_SECRETS] = kubernetes.answers[COPIES] = { items: [] };
    expect(await synced()).toMatchObject({ status: "fail", why: "there are no ExternalSecrets" });
  });

  it("names the one that isn't synced", async () => {
    kubernetes.answers[COPIES] = copied("False", "access denied");
    expect(await synced()).toMatchObject({ status: "fail", why: "alloy-otlp: access denied" });
    kubernetes.answers[COPIES] = copied("False", "can't render password=hunter-22");
    expect((await synced())?.why).toBe("alloy-otlp: can't render password=(sensitive)");
  });
});
