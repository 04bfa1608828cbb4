import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, EXIT } from "../../../commands/cli/exit-codes";
import { watching } from "../../../commands/verification/watching";
import { loadEnvironment } from "../../../environments";
import { EVENTS, kubernetesApi, PODS, running, waitingPod, type KubernetesApi } from "../deploy/kubernetes";
import { Session } from "../../../commands/session/session";
import { clusterIs } from "../harness";

let kubernetes: KubernetesApi;
let cluster: ReturnType<typeof clusterIs>;
const dev = new Session(loadEnvironment("dev"));
beforeAll(async () => {
  kubernetes = await kubernetesApi();
});
afterAll(() => kubernetes.close());
beforeEach(() => {
  kubernetes.answers = running();
  cluster = clusterIs(kubernetes.config);
  cluster.mockClear();
});

const FAILED = new CommandError("Applying app failed:\n\n  Too slow");
/** What is thrown where Terraform's work ends with an error. */
const watched = (error: Error): Promise<unknown> =>
  watching(dev, Promise.reject(error), () => undefined).catch((thrown: unknown) => thrown);

const event = (reason: string, message: string, involvedObject: object) => ({
  metadata: { name: reason, namespace: "wbot" },
  type: "Warning",
  reason,
  message,
  involvedObject,
});

/** One pod that crashes, with what it said last. */
function crashing(): void {
  const container = {
    name: "wbot-ai",
    restartCount: 3,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  };
  const metadata = { name: "wbot-ai-1", namespace: "wbot" };
  kubernetes.answers[PODS] = { items: [{ metadata, status: { containerStatuses: [container] } }] };
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
    "Pods that are not ready:",
    "",
    "  wbot-ai-1: CrashLoopBackOff: back-off 40s, exited with code 1 (Error)",
    "    event: Unhealthy: Readiness probe failed",
    "    last lines of its log:",
    "      starting",
  ]);
  expect(exitCode).toBe(EXIT.failed);
});

it("reports a quota that allows no pods", async () => {
  kubernetes.answers[EVENTS] = {
    items: [event("FailedCreate", "exceeded quota: wbot", { kind: "ReplicaSet", name: "wbot-web-5d" })],
  };
  expect(await watched(FAILED)).toMatchObject({
    message: `${FAILED.message}\n\nPods that are not ready:\n\n  wbot-web: FailedCreate: exceeded quota: wbot`,
  });
});

it("shows what the first pod is waiting for", async () => {
  kubernetes.answers[PODS] = { items: [waitingPod("wbot-ai-1", "ImagePullBackOff", "no such image")] };
  const said: string[] = [];
  const work = (async () => {
    while (said.length === 0) await sleep(5);
    return "done";
  })();
  expect(await watching(dev, work, (line) => said.push(line), 5)).toBe("done");
  expect(said[0]).toBe("wbot-ai-1: ImagePullBackOff: no such image");
});

describe("leaves Terraform's error as it is", () => {
  it("if every pod is ready", async () => {
    expect(await watched(FAILED)).toBe(FAILED);
  });

  it("if there is no cluster", async () => {
    clusterIs(undefined);
    expect(await watched(FAILED)).toBe(FAILED);
  });

  it.each([
    ["AWS denies it", () => clusterIs(undefined).mockRejectedValue(new Error("AccessDenied"))],
    ["Kubernetes denies it", () => (kubernetes.answers[PODS] = 403)],
  ])("where the cluster can't be asked: %s", async (_, arrange) => {
    crashing();
    arrange();
    expect(await watched(FAILED)).toBe(FAILED);
  });

  it("if it was interrupted, which has its own message", async () => {
    crashing();
    const interrupted = new CommandError("Interrupted. Run it again.", EXIT.interrupted);
    expect(await watched(interrupted)).toBe(interrupted);
    expect(cluster).not.toHaveBeenCalled();
  });

  it("if it is a bug in this program", async () => {
    crashing();
    const mistake = new TypeError("x is not a function");
    expect(await watched(mistake)).toBe(mistake);
  });
});
