import { tmpdir } from "node:os";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, EXIT } from "../../../commands/cli/exit-codes";
import type { Watch } from "../../../commands/plan/plan";
import { watching } from "../../../commands/verification/watching";
import { loadEnvironment } from "../../../environments";
import {
  ALL_DEPLOYMENTS,
  ALL_PODS,
  clusterIs,
  DEPLOYMENTS,
  EVENTS,
  EXTERNAL_SECRETS,
  kubernetesApi,
  PODS,
  waitingPod,
} from "../kubernetes";
import { Session } from "../../../commands/session/session";
import { LOGS_AT_A_VENDOR } from "../../shapes";
import { script, type Script } from "../terraform/script";
import { stackFolder } from "../../stack-folder";

const kubernetes = kubernetesApi();
let cluster: ReturnType<typeof clusterIs>;
const dev = new Session(loadEnvironment("dev"));
/** What the watcher's clock says (milliseconds). */
let now: number;
beforeEach(() => {
  cluster = clusterIs(kubernetes.config);
  cluster.mockClear();
  now = 0;
  jest.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Until two more looks have said something, or the apply is ended. */
async function looked(lines: readonly string[], stop: AbortSignal): Promise<void> {
  const enough = lines.length + 2;
  while (lines.length < enough && !stop.aborted) await sleep(5);
}

const AI = "kubernetes_deployment_v1.ai";
const RELEASE = "helm_release.traefik";
const NAMESPACE_OF_TRAEFIK = "${kubernetes_namespace_v1.traefik.metadata[0].name}";
const FOLDER = stackFolder("app", tmpdir(), {
  resource: {
    kubernetes_namespace_v1: { traefik: { metadata: { name: "traefik" } } },
    kubernetes_deployment_v1: {
      ai: { metadata: { name: "wbot-ai", namespace: "wbot" } },
      web: { metadata: { name: "wbot-web", namespace: "wbot" } },
    },
    helm_release: { traefik: { name: "traefik", namespace: NAMESPACE_OF_TRAEFIK } },
  },
});

const FAILED = new CommandError("Applying app failed:\n\n  Too slow");
/** What is thrown where Terraform's work ends with an error. */
const watched = (error: Error): Promise<unknown> =>
  watching(
    dev,
    FOLDER,
    () => Promise.reject(error),
    () => undefined,
  ).catch((thrown: unknown) => thrown);

const event = (reason: string, message: string, involvedObject: object) => ({
  metadata: { name: reason, namespace: "wbot" },
  type: "Warning",
  reason,
  message,
  involvedObject,
});

function crashed(namespace: string, name: string, restartCount: number): object {
  const container = {
    name: "c",
    ready: false,
    restartCount,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  };
  const labels = { "app.kubernetes.io/name": "wbot-ai" };
  const metadata = { name, namespace, uid: name, labels };
  return { metadata, status: { containerStatuses: [container] } };
}

/** One pod that crashes, with what it said last. */
function crashing(): void {
  kubernetes.answers[PODS] = { items: [crashed("wbot", "wbot-ai-1", 3)] };
  kubernetes.answers[EVENTS] = {
    items: [event("Unhealthy", "Readiness probe failed", { kind: "Pod", name: "wbot-ai-1" })],
  };
  kubernetes.answers[`${PODS}/wbot-ai-1/log`] = "starting\nKeyError: 'REDIS_URL'\n";
}

it("adds to a failed rollout why its pods don't start, with their events and last log lines", async () => {
  crashing();
  // This API gives the same pods whatever label it is asked for.
  const { message, exitCode } = (await watched(FAILED)) as CommandError;
  expect(message.split("\n").slice(0, 10)).toEqual([
    "Applying app failed:",
    "",
    "  Too slow",
    "",
    "What is not ready:",
    "",
    "  wbot-ai-1: CrashLoopBackOff: back-off 40s, exited with code 1 (Error)",
    "    event: Unhealthy: Readiness probe failed",
    expect.stringMatching(/^ {4}\S.*:$/),
    "      starting",
  ]);
  expect(exitCode).toBe(EXIT.failed);
});

it("adds which ExternalSecret was not synced, with the key that only its event names", async () => {
  const condition = { type: "Ready", status: "False", message: "could not get secret data from provider" };
  kubernetes.answers[EXTERNAL_SECRETS] = {
    items: [{ metadata: { name: "wbot-ai" }, status: { conditions: [condition] } }],
  };
  kubernetes.answers[EVENTS] = {
    items: [
      event("UpdateFailed", "key OPENAI_API_KEY does not exist in secret wbot/dev/app", {
        kind: "ExternalSecret",
        name: "wbot-ai",
      }),
      event("FailedGetResourceMetric", "no metrics", { kind: "HorizontalPodAutoscaler", name: "wbot-ai" }),
    ],
  };
  expect(await watched(FAILED)).toMatchObject({
    message: `${FAILED.message}\n\nWhat is not ready:\n\n  ExternalSecret wbot-ai: could not get secret data from provider\n    event: UpdateFailed: key OPENAI_API_KEY does not exist in secret wbot/dev/app`,
  });
});

it("adds the pods where the ExternalSecrets can't be asked for", async () => {
  crashing();
  kubernetes.answers[EXTERNAL_SECRETS] = 403;
  expect(await watched(FAILED)).toMatchObject({
    message: expect.stringContaining("  wbot-ai-1: CrashLoopBackOff"),
  });
});

it("shows what the first pod is waiting for", async () => {
  kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ImagePullBackOff", "no such image")] };
  const lines: string[] = [];
  const work = async (watch: Watch) => {
    const shows = async (trouble: string | undefined) => {
      for (let looks = 0; watch.trouble !== trouble && looks < 500; looks += 1) await sleep(5);
      expect(watch.trouble).toBe(trouble);
    };
    watch.changing([AI]);
    await shows("wbot-ai-1: ImagePullBackOff: no such image");
    // It is done, and Terraform waits for something else.
    watch.changing([]);
    await shows(undefined);
    watch.changing([AI]);
    await shows("wbot-ai-1: ImagePullBackOff: no such image");
    kubernetes.answers[PODS] = { items: [] };
    await shows(undefined);
    return "done";
  };
  expect(await watching(dev, FOLDER, work, (line) => lines.push(line), 5)).toBe("done");
  expect(lines[0]).toBe("wbot-ai-1: ImagePullBackOff: no such image");
});

it("shortens a long reason in progress, and not in the error", async () => {
  const reason = `failed to pull ${"and unpack ".repeat(40)}`.trim();
  kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ImagePullBackOff", reason)] };
  const lines: string[] = [];
  const work = async ({ changing }: Watch) => {
    changing([AI]);
    while (lines.length === 0) await sleep(5);
    throw FAILED;
  };
  const thrown = watching(dev, FOLDER, work, (line) => lines.push(line), 5);
  await expect(thrown).rejects.toThrow(`wbot-ai-1: ImagePullBackOff: ${reason}\n`);
  expect(lines[0]).toMatch(/^wbot-ai-1: ImagePullBackOff: failed to pull and unpack .{0,80}…$/);
  expect(lines[0]).toHaveLength(120);
});

it("says that a quota has no room for more new pods, and waits for it", async () => {
  const conditions = [{ type: "ReplicaFailure", status: "True", message: "exceeded quota: wbot" }];
  const ai = { metadata: { name: "wbot-ai" }, spec: {}, status: { conditions } };
  const first = {
    ...waitingPod("wbot-ai-1", "", ""),
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
  kubernetes.answers[ALL_PODS] = { items: [] };
  kubernetes.answers[DEPLOYMENTS] = { items: [ai] };
  const lines: string[] = [];
  const work = async ({ changing, stop }: Watch) => {
    changing([AI]);
    await looked(lines, stop);
    now += 600_000;
    await looked(lines, stop);
    kubernetes.answers[PODS] = { items: [first] };
    await looked(lines, stop);
    return stop.aborted;
  };
  expect(await watching(dev, FOLDER, work, (line) => lines.push(line), 5)).toBe(false);
  expect(new Set(lines)).toEqual(new Set(["wbot-ai: exceeded quota: wbot"]));
});

describe("what can't succeed", () => {
  /** An apply that goes on until it is interrupted. */
  const endless =
    (address: string, onBegin: () => void) =>
    async ({ changing, stop }: Watch): Promise<never> => {
      onBegin();
      changing([address]);
      while (!stop.aborted) await sleep(5);
      // Until the wait was ended as well.
      while (!kubernetes.asked.some((asked) => /^(PATCH|DELETE)/.test(asked))) await sleep(5);
      throw FAILED;
    };
  let terraform: Script;
  beforeEach(() => {
    terraform = script();
    terraform.answer({ untaint: "" });
    kubernetes.asked.length = 0;
    kubernetes.answers[ALL_PODS] = { items: [] };
    kubernetes.answers[`PATCH ${DEPLOYMENTS}/wbot-ai`] = {};
  });
  afterEach(() => {
    terraform.remove();
  });

  it("is ended, with the reason, and nothing is left as it was for that", async () => {
    const work = endless(AI, crashing);
    await expect(watching(dev, FOLDER, work, () => undefined, 5)).rejects.toThrow(
      /^Deploying app was stopped, because wbot-ai can't become ready:\n\n {2}wbot-ai-1: CrashLoopBackOff[^]*KeyError: 'REDIS_URL'\n\nWhat was running before keeps running\. Fix this, and deploy again\.$/,
    );
    const patches = kubernetes.asked.filter((asked) => asked.startsWith("PATCH"));
    expect(patches).toHaveLength(2);
    expect(terraform.calls()).toEqual([`${basename(FOLDER.path)} untaint`]);
  });

  it("is ended, and where one Deployment can't be restored, the others are, and it says so", async () => {
    const json = {
      resource: {
        kubernetes_deployment_v1: {
          ai: { metadata: { name: "wbot-ai", namespace: "wbot" } },
          web: { metadata: { name: "wbot-web", namespace: "wbot" } },
        },
      },
    };
    /** What Terraform had been called for by then. */
    const calls: string[][] = [];
    Object.defineProperty(kubernetes.answers, `PATCH ${DEPLOYMENTS}/wbot-web`, {
      get: () => calls.push(terraform.calls()) && {},
    });
    const patches = (name: string) =>
      kubernetes.asked.filter((asked) => asked === `PATCH ${DEPLOYMENTS}/${name}`).length;
    const work = async ({ changing, stop }: Watch) => {
      crashing();
      changing([AI, "kubernetes_deployment_v1.web"]);
      while (!stop.aborted || patches("wbot-ai") + patches("wbot-web") < 2) await sleep(5);
      kubernetes.answers[`PATCH ${DEPLOYMENTS}/wbot-ai`] = 500;
      throw FAILED;
    };
    const complaints = jest.spyOn(console, "error").mockReturnValue();
    const error = watching(dev, { ...FOLDER, json }, work, () => undefined, 5);
    await expect(error).rejects.toThrow(/Fix this, and deploy again\.$/);
    expect(complaints.mock.calls).toEqual([
      [
        "The progress deadline of wbot-ai is still 1 s: Kubernetes reports its rollout as failed until the next deploy resets it.",
      ],
    ]);
    expect([patches("wbot-ai"), patches("wbot-web")]).toEqual([2, 2]);
    expect(terraform.calls()).toHaveLength(2);
    // Terraform takes seconds each time, and whoever stops a deploy may soon kill it.
    expect(calls).toEqual([[], []]);
  });

  it("is not what passed meanwhile, and came again", async () => {
    const lines: string[] = [];
    const work = async ({ changing, stop }: Watch) => {
      const seen = async (reason: string) => {
        kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", reason, "not found")] };
        await looked(lines, stop);
      };
      changing([AI]);
      await seen("ErrImagePull");
      await seen("ContainerCreating");
      now += 10_000;
      await seen("ErrImagePull");
      const before = stop.aborted;
      now += 10_000;
      while (!stop.aborted) await sleep(5);
      return before;
    };
    expect(await watching(dev, FOLDER, work, (line) => lines.push(line), 5)).toBe(false);
  });

  it("is a Secret to be mounted that doesn't come for three minutes", async () => {
    const lines: string[] = [];
    const work = async ({ changing, stop }: Watch) => {
      const pod = { kind: "Pod", name: "wbot-ai-1", uid: "wbot-ai-1" };
      kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ContainerCreating", "")] };
      kubernetes.answers[EVENTS] = { items: [event("FailedMount", 'secret "wbot-ai" not found', pod)] };
      changing([AI]);
      await looked(lines, stop);
      now = 170_000;
      await looked(lines, stop);
      expect(stop.aborted).toBe(false);
      // It has come, and kubelet hasn't looked again.
      kubernetes.answers["/api/v1/namespaces/wbot/secrets/wbot-ai"] = {};
      await looked(lines, stop);
      now += 10_000;
      await looked(lines, stop);
      expect(stop.aborted).toBe(false);
      kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ErrImagePull", "i/o timeout")] };
      await looked(lines, stop);
      expect(stop.aborted).toBe(false);
      kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ContainerCreating", "")] };
      delete kubernetes.answers["/api/v1/namespaces/wbot/secrets/wbot-ai"];
      await looked(lines, stop);
      now += 180_000;
      while (!stop.aborted) await sleep(5);
      throw FAILED;
    };
    await expect(watching(dev, FOLDER, work, (line) => lines.push(line), 5)).rejects.toThrow(
      /because wbot-ai can't become ready:[^]*FailedMount: secret "wbot-ai" not found/,
    );
  });

  it("is a release whose Secret doesn't come, with the key that only its ExternalSecret's event names", async () => {
    const session = new Session(loadEnvironment("dev", { overrides: LOGS_AT_A_VENDOR }));
    const alloy = { address: "helm_release.alloy", namespace: "/api/v1/namespaces/alloy" };
    const json = { resource: { helm_release: { alloy: { name: "alloy", namespace: "alloy" } } } };
    const condition = { type: "Ready", status: "False", message: "could not get secret data from provider" };
    Object.assign(kubernetes.answers, {
      [`${alloy.namespace}/pods`]: { items: [waitingPod("alloy-1", "ContainerCreating", "")] },
      [`${alloy.namespace}/events`]: {
        items: [
          event("FailedMount", 'secret "alloy-otlp" not found', {
            kind: "Pod",
            name: "alloy-1",
            uid: "alloy-1",
          }),
          event("UpdateFailed", "key OTLP_KEY does not exist in secret wbot/dev/app", {
            kind: "ExternalSecret",
            name: "alloy-otlp",
          }),
        ],
      },
      [`${alloy.namespace}/secrets`]: { items: [] },
      "/apis/external-secrets.io/v1/namespaces/alloy/externalsecrets": {
        items: [{ metadata: { name: "alloy-otlp" }, status: { conditions: [condition] } }],
      },
      "/apis/apps/v1/namespaces/alloy/deployments": { items: [] },
    });
    const work = async ({ changing, stop }: Watch): Promise<never> => {
      changing([alloy.address]);
      for (; !stop.aborted; now += 60_000) await sleep(50);
      throw FAILED;
    };
    const infra = { ...FOLDER, stack: "infra" as const, json };
    await expect(watching(session, infra, work, () => undefined, 5)).rejects.toThrow(
      /^Deploying infra was stopped, because alloy can't become ready:[^]*What is not ready:\n\n {2}ExternalSecret alloy-otlp: [^]*key OTLP_KEY does not exist/,
    );
  });

  it.each([
    ["was there before this deploy", () => kubernetes.answers[PODS]],
    ["may have been there, if that can't be known", () => 403],
  ])("is not what %s", async (_, before) => {
    crashing();
    kubernetes.answers[ALL_PODS] = before();
    const work = async ({ changing, stop }: Watch) => {
      changing([AI]);
      await sleep(50);
      return stop.aborted;
    };
    expect(await watching(dev, FOLDER, work, () => undefined, 5)).toBe(false);
  });

  it.each([
    [
      "an upgrade, whose old pod is ready, without the pods of what is deleted, after 3 crashes",
      {
        revisions: [{ metadata: { labels: { status: "deployed" } } }],
        status: { replicas: 2, updatedReplicas: 1, readyReplicas: 1 },
      },
      { policy: "Orphan", crashes: 3 },
    ],
    [
      "a first install, with them, after 5",
      { revisions: [], status: { replicas: 1, updatedReplicas: 1 } },
      { policy: "Background", crashes: 5 },
    ],
  ])("is a release: Helm rolls back %s", async (_, { revisions, status }, { policy, crashes }) => {
    const apps = "/apis/apps/v1/namespaces/traefik";
    const annotations = { "meta.helm.sh/release-name": "traefik" };
    const deployment = { metadata: { name: "traefik", annotations }, spec: { replicas: 1 }, status };
    Object.assign(kubernetes.answers, {
      "/api/v1/namespaces/traefik/secrets": { items: revisions },
      "/api/v1/namespaces/traefik/events": { items: [] },
      [`${apps}/deployments`]: { items: [deployment] },
      [`${apps}/daemonsets`]: { items: [] },
      [`${apps}/statefulsets`]: { items: [] },
      [`DELETE ${apps}/deployments/traefik`]: {},
      "/api/v1/namespaces/traefik/pods/traefik-1/log": "unknown flag: --foo\n",
    });
    const pods = "/api/v1/namespaces/traefik/pods";
    let tooEarly: boolean | undefined;
    const work = endless(RELEASE, () => {
      kubernetes.answers[pods] = { items: [crashed("traefik", "traefik-1", crashes - 2)] };
      // One more than before, once nothing has come of that.
      void sleep(50).then(() => {
        tooEarly = kubernetes.asked.some((asked) => asked.startsWith("DELETE"));
        kubernetes.answers[pods] = { items: [crashed("traefik", "traefik-1", crashes - 1)] };
      });
    });
    await expect(watching(dev, FOLDER, work, () => undefined, 5)).rejects.toThrow(
      /because traefik can't become ready:[^]*unknown flag: --foo/,
    );
    expect(tooEarly).toBe(false);
    expect(kubernetes.asked).toContain(`DELETE ${apps}/deployments/traefik?propagationPolicy=${policy}`);
  });
});

describe("pods that admission refuses beside one that is ready", () => {
  const refused = (release: string, generation = 1) => ({
    metadata: {
      name: "plugin",
      uid: "1",
      generation,
      annotations: { "meta.helm.sh/release-name": release },
    },
    status: {
      observedGeneration: generation,
      conditions: [{ type: "ReplicaFailure", status: "True", message: "violates PodSecurity" }],
    },
  });

  it.each([
    ["of the release end its deploy", refused("traefik"), [], true],
    ["of another release don't", refused("other"), [], false],
    ["as before don't, since the release may be about to change them", refused("traefik"), [1], false],
    ["as before, and with its change, do", refused("traefik", 2), [1], true],
  ])("%s", async (_, deployment, before, ended) => {
    const apps = "/apis/apps/v1/namespaces/traefik";
    const pods = "/api/v1/namespaces/traefik/pods";
    const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };
    Object.assign(kubernetes.answers, {
      [ALL_PODS]: { items: [] },
      [ALL_DEPLOYMENTS]: { items: before.map((generation) => refused("traefik", generation)) },
      "/api/v1/namespaces/traefik/secrets": { items: [] },
      "/api/v1/namespaces/traefik/events": { items: [] },
      [pods]: { items: [{ metadata: { name: "traefik-1", uid: "2" }, ...ready }] },
      [`${apps}/deployments`]: { items: [deployment] },
      [`${apps}/statefulsets`]: { items: [] },
      [`DELETE ${apps}/deployments/plugin`]: {},
    });
    const work = async ({ changing, stop }: Watch) => {
      changing([RELEASE]);
      const looks = () => kubernetes.asked.filter((asked) => asked === `GET ${pods}`).length;
      while (looks() < 4 && !stop.aborted) {
        await sleep(5);
        now += 10_000;
      }
      if (stop.aborted) throw FAILED;
    };
    const watched = watching(dev, FOLDER, work, () => undefined, 5);
    if (ended)
      await expect(watched).rejects.toThrow(
        /because traefik can't become ready:\n\n {2}plugin: violates PodSecurity\n/,
      );
    else await watched;
  });
});

describe("leaves Terraform's error as it is", () => {
  it.each([
    ["every pod is ready", () => (kubernetes.answers[PODS] = { items: [] })],
    ["there is no cluster", () => clusterIs(undefined)],
    ["AWS denies the look", () => clusterIs(undefined).mockRejectedValue(new Error("AccessDenied"))],
    ["Kubernetes denies the look", () => (kubernetes.answers[PODS] = 403)],
  ])("if %s", async (_, arrange) => {
    crashing();
    arrange();
    expect(await watched(FAILED)).toStrictEqual(FAILED);
  });

  it("if it was interrupted, which has its own message", async () => {
    crashing();
    const interrupted = new CommandError("Interrupted. Run it again.", EXIT.interrupted);
    expect(await watched(interrupted)).toBe(interrupted);
    expect(cluster).toHaveBeenCalledTimes(1);
  });

  it("if it is a bug in this program", async () => {
    crashing();
    const mistake = new TypeError("x is not a function");
    expect(await watched(mistake)).toBe(mistake);
  });
});
