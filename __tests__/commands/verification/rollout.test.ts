import type { V1Deployment } from "@kubernetes/client-node";
import { troubles, waitingFor } from "../../../commands/verification/rollout";
import { EVENTS, kubernetesApi, PODS } from "../kubernetes";

const kubernetes = kubernetesApi(() => ({}));
const { config } = kubernetes;

const deployment = (status: object) => ({
  metadata: { name: "wbot-ai", generation: 2 },
  spec: { replicas: 2 },
  status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, ...status },
});

it.each([
  [{}, undefined],
  [{ observedGeneration: 1 }, "the change has not been observed yet"],
  [{ updatedReplicas: 1 }, "1 of 2 pods have the new version"],
  [{ replicas: 3 }, "1 pods of the old version are still running"],
  [{ readyReplicas: 1 }, "1 of 2 pods are ready"],
])("says how far a rollout with %j has come", (status, waiting) => {
  expect(waitingFor(deployment(status) as unknown as V1Deployment)).toBe(waiting);
});

const pod = (name: string, status: object) => ({ metadata: { name, namespace: "wbot" }, status });
const event = (name: string, reason: string, message: string, minute: number, kind = "Pod") => ({
  metadata: { name: `${name}.${minute}`, namespace: "wbot" },
  involvedObject: { kind, name },
  type: "Warning",
  reason,
  message,
  lastTimestamp: `2026-01-01T00:0${minute}:00Z`,
});
function cluster(pods: object[], events: object[] = []): void {
  kubernetes.answers[PODS] = { items: pods };
  kubernetes.answers[EVENTS] = { items: events };
}

it("reports an image that can't be pulled", async () => {
  const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' };
  cluster([
    pod("wbot-ai-1", { containerStatuses: [{ name: "wbot-ai", restartCount: 0, state: { waiting } }] }),
  ]);
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([
    'wbot-ai-1: ImagePullBackOff: Back-off pulling image "x"',
  ]);
});

it("reports a crash with its exit code, its newest warnings and the last log lines", async () => {
  const container = {
    name: "wbot-ai",
    restartCount: 3,
    state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  };
  cluster(
    [pod("wbot-ai-1", { containerStatuses: [container] })],
    [
      event("wbot-ai-1", "BackOff", "again", 3),
      // Shown once.
      event("wbot-ai-1", "Failed", `Failed to pull image "${"x".repeat(60)}": read udp :53790`, 2),
      event("wbot-ai-1", "Failed", `Failed to pull image "${"x".repeat(60)}": read udp :41234`, 1),
      event("wbot-ai-1", "Unhealthy", "probe failed", 4),
      event("other-1", "X", "y", 5),
    ],
  );
  kubernetes.answers[`${PODS}/wbot-ai-1/log`] = "starting\nKeyError: 'REDIS_URL'\n";
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([
    [
      "wbot-ai-1: CrashLoopBackOff: back-off 40s, exited with code 1 (Error)",
      "  event: Unhealthy: probe failed",
      "  event: BackOff: again",
      `  event: Failed: Failed to pull image "${"x".repeat(60)}": read udp :53790`,
      "  last lines of its log:",
      "    starting",
      "    KeyError: 'REDIS_URL'",
    ].join("\n"),
  ]);
});

it("redacts a coloured log, events and reasons, and shows nothing that a terminal or GitHub's runner would obey", async () => {
  const secret = "\u001b[36mapi_key\u001b[0m=\u001b[35mhunter2secret\u001b[0m";
  const waiting = { reason: "CrashLoopBackOff", message: `${secret}\u202e` };
  const lastState = { terminated: { exitCode: 1 } };
  const running = { name: "wbot-ai", restartCount: 1, state: { waiting }, lastState };
  cluster(
    [pod("wbot-ai-1", { containerStatuses: [running] })],
    [event("wbot-ai-1", "Unhealthy", `${secret}\n::error::x`, 1)],
  );
  kubernetes.answers[`${PODS}/wbot-ai-1/log`] = `\u001b]0;title\u0007${secret}\n::add-mask::e\n`;
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([
    [
      "wbot-ai-1: CrashLoopBackOff: api_key=(sensitive), exited with code 1",
      "  event: Unhealthy: api_key=(sensitive)",
      "\\u003a:error::x",
      "  last lines of its log:",
      "    api_key=(sensitive)",
      "    \\u003a:add-mask::e",
    ].join("\n"),
  ]);
});

const crashed = (name: string) => ({
  name,
  restartCount: 1,
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode: 2 } },
});
const finished = { state: { terminated: { exitCode: 0, reason: "Completed" } } };

it.each([
  [
    "beside one that restarted and is ready",
    { containerStatuses: [{ ...crashed("sidecar"), ready: true, state: { running: {} } }, crashed("main")] },
    "main",
  ],
  [
    "after one that has finished",
    {
      initContainerStatuses: [{ name: "init", ready: true, restartCount: 0, ...finished }],
      containerStatuses: [crashed("main")],
    },
    "main",
  ],
  [
    "before the others start",
    {
      initContainerStatuses: [crashed("init")],
      containerStatuses: [
        { name: "main", restartCount: 0, state: { waiting: { reason: "PodInitializing" } } },
      ],
    },
    "init",
  ],
])("reports the container that crashes, and its log: %s", async (_, status, container) => {
  cluster([pod("wbot-ai-1", status)]);
  kubernetes.answers[`${PODS}/wbot-ai-1/log`] = "no model\n";
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([
    expect.stringMatching(/^wbot-ai-1: CrashLoopBackOff, exited with code 2\n.+:\n {4}no model$/),
  ]);
  expect(kubernetes.asked.at(-1)).toContain(`/log?container=${container}&`);
});

it("reports the init container that hangs, with its log, rather than one that waits for it", async () => {
  const main = { name: "main", restartCount: 0, state: { waiting: { reason: "PodInitializing" } } };
  const init = { name: "init", ready: false, restartCount: 0, state: { running: {} } };
  cluster([pod("wbot-ai-1", { initContainerStatuses: [init], containerStatuses: [main] })]);
  kubernetes.answers[`${PODS}/wbot-ai-1/log`] = "waiting for redis\n";
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([
    expect.stringMatching(/^wbot-ai-1: waiting for its init container init\n.+:\n {4}waiting for redis$/),
  ]);
  expect(kubernetes.asked.at(-1)).toContain("/log?container=init&");
  cluster([pod("wbot-ai-1", { containerStatuses: [main] })]);
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual(["wbot-ai-1: PodInitializing"]);
});

it("reports a pod that fits on no node, and one whose log can't be read", async () => {
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message: "0/3 nodes are available",
  };
  const running = { name: "wbot-ai", restartCount: 0, state: { running: {} } };
  cluster([
    pod("wbot-ai-1", { conditions: [condition] }),
    pod("wbot-ai-2", { conditions: [{ type: "Ready", status: "False" }], containerStatuses: [running] }),
    pod("wbot-ai-3", { phase: "Running" }),
    pod("wbot-ai-4", { conditions: [{ type: "Ready", status: "True" }] }),
  ]);
  const [first, second, third, fourth] = await troubles(config, "wbot", "wbot-ai");
  expect(first).toBe("wbot-ai-1: Unschedulable: 0/3 nodes are available");
  expect(second).toMatch(
    /^wbot-ai-2: not ready, and Kubernetes gives no reason\n[^]*\n {4}\(its log can't be read: /,
  );
  expect(third).toBe("wbot-ai-3: running, and not ready yet");
  expect(fourth).toBeUndefined();
});

it("reports why there are no pods at all", async () => {
  const message = 'pods "wbot-ai-5d" is forbidden: exceeded quota: wbot';
  const worry = event("wbot-ai", "FailedGetResourceMetric", "no metrics", 2, "HorizontalPodAutoscaler");
  cluster([], [event("wbot-ai-5d", "FailedCreate", message, 1, "ReplicaSet"), worry]);
  expect(await troubles(config, "wbot", "wbot-ai")).toEqual([`wbot-ai: FailedCreate: ${message}`]);
});
