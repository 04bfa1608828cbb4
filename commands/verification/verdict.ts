import type { CoreV1Event, V1ContainerStatus, V1Deployment, V1Pod } from "@kubernetes/client-node";
import { containersOf, newestFirst } from "./rollout";

/** That a rollout fails, and how long the reason must last before this is certain. */
export interface Verdict {
  /** How long it must hold to be certain (ms): what is brief may pass by itself. */
  readonly after: number;
  /** Whether it must hold for every new pod of the rollout, not only for one. */
  readonly every: boolean;
  /** What kubelet didn't find in the pod's namespace when it tried to mount it: it may be there by now. */
  readonly missing?: readonly { readonly kind: "secret" | "configmap"; readonly name: string }[];
}

/** At least two looks. */
export const SOON_MS = 8_000;
/** The autoscaler decides again every 10 s. */
const UNSCHEDULABLE_MS = 45_000;
/** A registry that doesn't respond may do so again, and a Secret that is missing may come: kubelet has tried several times by then. */
const UNREACHABLE_MS = 180_000;

/** Crashes after which a container counts as broken. */
export const CRASHES = 3;

const PULLING = ["ErrImagePull", "ImagePullBackOff"];
const REFUSED =
  /not found|manifest unknown|not exist|denied|unauthorized|forbidden|no basic auth|not authorized/i;
const NOT_THERE = /(secret|configmap) "([^"]+)" not found/;
const PERMANENT = [
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
];
/** Caused by kubelet itself, or by a slow container runtime. */
const TRANSIENT = /timed out|deadline exceeded|cache|is reserved/i;
const NOT_STARTED = ["StartError", "ContainerCannotRun", "RunContainerError"];

/** Why a pod can never become ready; undefined while it may. `events` of its namespace. */
export function verdictOf(
  pod: V1Pod,
  events: readonly CoreV1Event[],
  crashes = CRASHES,
): Verdict | undefined {
  const conditions = pod.status?.conditions ?? [];
  const unscheduled = conditions.some(
    ({ type, status, reason }) => type === "PodScheduled" && status === "False" && reason === "Unschedulable",
  );
  if (unscheduled) return isGivenUp(pod, events) ? { after: UNSCHEDULABLE_MS, every: false } : undefined;
  const ofContainer = containersOf(pod)
    .map((container) => verdictOfContainer(container, crashes))
    .find((verdict) => verdict !== undefined);
  if (ofContainer !== undefined) return ofContainer;
  const missing = missingVolumes(pod, events);
  return missing.length > 0 ? { after: UNREACHABLE_MS, every: false, missing } : undefined;
}

/** Whether nothing about a pod that isn't ready speaks against its image: it starts, waits for a node, or has lost its own. */
export function mayBecomeReady(pod: V1Pod): boolean {
  // No events: these say only whether there will be a node.
  if (verdictOf(pod, []) !== undefined) return false;
  return containersOf(pod).every(
    ({ restartCount, started, ready }) => restartCount === 0 && (started !== true || ready),
  );
}

/** Why a Deployment can't create all of its pods; undefined if it can. */
export function refusalOf({ metadata, status }: V1Deployment): string | undefined {
  if (status?.observedGeneration !== metadata?.generation) return undefined;
  const refused = status?.conditions?.find(
    ({ type, status: is }) => type === "ReplicaFailure" && is === "True",
  );
  return refused?.message;
}

/** Whether pods that are refused may be created later: a quota has room once others are gone, a webhook may answer again. */
export function isTransientRefusal(refusal: string): boolean {
  return /exceeded quota|failed calling webhook/.test(refusal);
}

function verdictOfContainer(
  { ready, state, lastState, restartCount }: V1ContainerStatus,
  crashes: number,
): Verdict | undefined {
  // What has just ended well may be finished: in a Deployment it is soon started again, or waits for that.
  if (ready || state?.terminated?.exitCode === 0) return undefined;
  const reason = state?.waiting?.reason ?? "";
  const message = state?.waiting?.message ?? "";
  if (PULLING.includes(reason))
    return { after: REFUSED.test(message) ? SOON_MS : UNREACHABLE_MS, every: false };
  if (PERMANENT.includes(reason) && !TRANSIENT.test(message)) return { after: SOON_MS, every: false };
  const ended = (state?.terminated ?? lastState?.terminated)?.reason ?? "";
  if (NOT_STARTED.includes(reason) || NOT_STARTED.includes(ended)) return { after: SOON_MS, every: false };
  const crashed = restartCount + (state?.running === undefined ? 1 : 0);
  return ended !== "" && crashed >= crashes ? { after: 0, every: true } : undefined;
}

/** Whether the cluster-autoscaler adds no node for a pod, and is not just waiting to try again. */
function isGivenUp(pod: V1Pod, events: readonly CoreV1Event[]): boolean {
  const [last] = eventsOf(pod, events).filter(({ reason = "" }) =>
    ["NotTriggerScaleUp", "TriggeredScaleUp"].includes(reason),
  );
  return last?.reason === "NotTriggerScaleUp" && !/backoff/i.test(last.message ?? "");
}

/** The Secrets and ConfigMaps that a pod mounts and that weren't there. */
function missingVolumes(pod: V1Pod, events: readonly CoreV1Event[]): NonNullable<Verdict["missing"]> {
  return eventsOf(pod, events).flatMap(({ reason, message = "" }) => {
    const [, kind, name = ""] = (reason === "FailedMount" && NOT_THERE.exec(message)) || [];
    return kind === "secret" || kind === "configmap" ? [{ kind, name }] : [];
  });
}

/** The newest first. */
function eventsOf({ metadata }: V1Pod, events: readonly CoreV1Event[]): CoreV1Event[] {
  return events.filter(({ involvedObject }) => involvedObject.uid === metadata?.uid).sort(newestFirst);
}
