import type { CoreV1Event, V1Deployment, V1Pod } from "@kubernetes/client-node";
import { isTransientRefusal, refusalOf, verdictOf } from "../../../commands/verification/verdict";

const pod = (container: object, conditions: object[] = []) =>
  ({
    metadata: { uid: "1" },
    status: { conditions, containerStatuses: [{ name: "c", ready: false, restartCount: 0, ...container }] },
  }) as unknown as V1Pod;
const waiting = (reason: string, message = "", more = {}) =>
  pod({ state: { waiting: { reason, message } }, ...more });
const terminated = (reason: string) => ({ lastState: { terminated: { reason, exitCode: 1 } } });
const finished = { terminated: { reason: "Completed", exitCode: 0 } };

describe("certain is", () => {
  it.each([
    ["an image that is not found", waiting("ImagePullBackOff", "ErrImagePull: v9: not found")],
    ["an image that is not allowed", waiting("ErrImagePull", "403 Forbidden")],
    ["a name that is none", waiting("InvalidImageName", "couldn't parse image name")],
    ["a missing key", waiting("CreateContainerConfigError", "couldn't find key X in Secret wbot/wbot-ai")],
    ["a command that is not in the image", waiting("RunContainerError", "executable file not found")],
    ["the same, waiting to be tried again", waiting("CrashLoopBackOff", "", terminated("StartError"))],
  ])("%s, for one pod and soon", (_, found) => {
    const { after, every } = verdictOf(found, []) ?? {};
    expect(every).toBe(false);
    expect(after).toBeLessThan(15_000);
  });

  it("a registry that doesn't respond, only after three minutes", () => {
    expect(verdictOf(waiting("ErrImagePull", "dial tcp: i/o timeout"), [])?.after).toBe(180_000);
  });

  it.each([
    ["crash", terminated("Error")],
    ["end, even with exit code 0", { lastState: finished }],
  ])("a third %s, if that is so for every new pod", (_, last) => {
    const crashed = (restartCount: number) => waiting("CrashLoopBackOff", "", { ...last, restartCount });
    expect(verdictOf(crashed(1), [])).toBeUndefined();
    expect(verdictOf(crashed(2), [])).toMatchObject({ every: true });
    expect(verdictOf(crashed(3), [], 5)).toBeUndefined();
  });

  const said = (reason: string, message: string, minute: number, uid = "1") =>
    ({
      involvedObject: { uid },
      reason,
      message,
      lastTimestamp: `2026-01-01T00:0${minute}:00Z`,
    }) as unknown as CoreV1Event;
  const unscheduled = pod({}, [{ type: "PodScheduled", status: "False", reason: "Unschedulable" }]);

  it.each([
    [
      "where the autoscaler is at its end",
      [said("NotTriggerScaleUp", "1 max node group size reached", 1)],
      true,
    ],
    [
      "but not while it adds nodes",
      [said("NotTriggerScaleUp", "", 1), said("TriggeredScaleUp", "", 2)],
      false,
    ],
    [
      "nor while it waits to try again",
      [said("NotTriggerScaleUp", "1 in backoff after failed scale-up", 1)],
      false,
    ],
    ["nor where there is none", [], false],
    [
      "nor where it is at its end for another pod",
      [said("NotTriggerScaleUp", "1 max node group size reached", 1, "2")],
      false,
    ],
  ])("a pod without a node %s", (_, events, certain) => {
    expect(verdictOf(unscheduled, events) !== undefined).toBe(certain);
  });

  const missing = (minute: number, what = 'secret "a" not found', uid = "1") =>
    said("FailedMount", `MountVolume.SetUp failed for volume "v" : ${what}`, minute, uid);
  it.each([
    ["that is missing", [missing(2), said("Scheduled", "", 1)], 180_000],
    ["one of two that are missing", [missing(2), missing(2, 'configmap "b" not found')], 180_000],
    ["that kubelet doesn't know yet", [missing(1, "failed to sync secret cache")], undefined],
    ["that another pod misses", [missing(1, undefined, "2")], undefined],
  ])("a Secret or ConfigMap to be mounted %s", (_, events, after) => {
    expect(verdictOf(waiting("ContainerCreating"), events)?.after).toBe(after);
  });

  it("a crash, whatever was missing before the pod started", () => {
    const crashed = waiting("CrashLoopBackOff", "", { ...terminated("Error"), restartCount: 3 });
    expect(verdictOf(crashed, [missing(1)])).toEqual({ after: 0, every: true });
  });

  it("which Secrets and ConfigMaps are missing", () => {
    const events = [missing(1), missing(2, 'configmap "b" not found')];
    expect(verdictOf(waiting("ContainerCreating"), events)?.missing).toEqual([
      { kind: "configmap", name: "b" },
      { kind: "secret", name: "a" },
    ]);
  });
});

it.each([
  ["starts", waiting("ContainerCreating")],
  ["runs, and is not ready yet", pod({ state: { running: {} } })],
  ["has finished what starts it, if not at once", pod({ ready: true, state: finished, restartCount: 5 })],
  ["has finished, if not at once", pod({ state: finished, ...terminated("Error"), restartCount: 5 })],
  [
    "waits for a Secret's cache",
    waiting("CreateContainerConfigError", "failed to sync secret cache: timed out"),
  ],
])("nothing is certain of a pod that %s", (_, found) => {
  expect(verdictOf(found, [])).toBeUndefined();
});

it.each([
  ["admission refuses", 'admission webhook "policy" denied the request', 1, true],
  ["a quota has no room for now", "exceeded quota: wbot", 1, true],
  ["an earlier deploy was refused", 'admission webhook "policy" denied the request', 2, false],
])("pods are refused, or are not, where %s", (_, message, generation, refused) => {
  const conditions = [{ type: "ReplicaFailure", status: "True", message }];
  const deployment = { metadata: { generation }, status: { observedGeneration: 1, conditions } };
  expect(refusalOf(deployment as unknown as V1Deployment)).toBe(refused ? message : undefined);
});

it.each([
  ["exceeded quota: wbot", true],
  ['Internal error occurred: failed calling webhook "policy": connection refused', true],
  ['admission webhook "policy" denied the request', false],
])("%s may pass by itself: %s", (refusal, passes) => {
  expect(isTransientRefusal(refusal)).toBe(passes);
});
