import {
  AppsV1Api,
  CoreV1Api,
  type CoreV1Event,
  type KubeConfig,
  type V1ContainerStatus,
  type V1Deployment,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";

/** Log lines and events shown per pod. */
const LOG_LINES = 20;
const EVENTS = 5;
/** Events that begin alike are one that came again, with another port or time in it (characters). */
const ALIKE = 60;
/** Pods that are reported: the others mostly have the same problem. */
const PODS = 3;

/** Kinds whose warnings say why they create no pods; others of the same name, such as the autoscaler, warn of other things. */
const OWNERS = ["Deployment", "ReplicaSet", "StatefulSet"];

/** The progress of a rollout; `waiting` is undefined once it is complete. */
export interface Rollout {
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
  readonly waiting: string | undefined;
}

/** What keeps pods from becoming ready, most useful line first. */
export interface Trouble {
  readonly pod: string;
  /** One line: "ImagePullBackOff: Back-off pulling image …". */
  readonly reason: string;
  readonly events: readonly string[];
  readonly logs: readonly string[];
}

type Controller = V1Deployment | V1StatefulSet;

export async function rollout(
  config: KubeConfig,
  namespace: string,
  kind: "Deployment" | "StatefulSet",
  name: string,
): Promise<Rollout> {
  const apps = config.makeApiClient(AppsV1Api);
  const controller: Controller =
    kind === "Deployment"
      ? await apps.readNamespacedDeployment({ namespace, name })
      : await apps.readNamespacedStatefulSet({ namespace, name });
  const wanted = controller.spec?.replicas ?? 1;
  const { status } = controller;
  const ready = status?.readyReplicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const all = status?.replicas ?? 0;
  const seen = (status?.observedGeneration ?? 0) >= (controller.metadata?.generation ?? 0);
  return { name, ready, wanted, waiting: waitingFor() };

  function waitingFor(): string | undefined {
    if (!seen) return "the change has not been observed yet";
    if (updated < wanted) return `${updated} of ${wanted} pods have the new version`;
    if (all > updated) return `${all - updated} pods of the old version are still running`;
    if (ready < wanted) return `${ready} of ${wanted} pods are ready`;
    return undefined;
  }
}

/** Why pods of a workload are not ready: their states, warnings and last log lines. */
export async function troubles(config: KubeConfig, namespace: string, name: string): Promise<Trouble[]> {
  const core = config.makeApiClient(CoreV1Api);
  const { items: events } = await core.listNamespacedEvent({ namespace });
  const { items: pods } = await core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/name=${name}`,
  });
  const waiting = pods.filter((pod) => pod.metadata?.deletionTimestamp === undefined && !isReady(pod));
  const found = await Promise.all(waiting.slice(0, PODS).map((pod) => troubleOf(core, pod, events)));
  if (found.length > 0) return found;
  // No pods at all: a quota or an admission rule rejects them.
  const owners = events.filter(({ involvedObject }) => OWNERS.includes(involvedObject.kind ?? ""));
  const refused = warningsOf(
    pods.length > 0 ? [] : owners,
    (about) => about === name || about.startsWith(`${name}-`),
  );
  return refused[0] === undefined ? [] : [{ pod: name, reason: refused[0], events: refused, logs: [] }];
}

/** Why one pod is not ready; `events` of its namespace. */
export async function troubleOf(
  core: CoreV1Api,
  pod: V1Pod,
  events: readonly CoreV1Event[],
): Promise<Trouble> {
  const name = pod.metadata?.name ?? "";
  const namespace = pod.metadata?.namespace ?? "";
  const warnings = warningsOf(events, (about) => about === name);
  return {
    pod: name,
    reason: reasonOf(pod) ?? warnings[0] ?? withoutReason(pod),
    events: warnings,
    logs: await lastLines(core, namespace, pod),
  };
}

/** A pod's trouble as indented lines. */
export function shownTrouble({ pod, reason, events, logs }: Trouble): string {
  return [
    `${pod}: ${reason}`,
    ...events.filter((event) => event !== reason).map((event) => `  event: ${event}`),
    ...(logs.length > 0 ? ["  last lines of its log:", ...logs.map((line) => `    ${line}`)] : []),
  ].join("\n");
}

export function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** As most pods are for a while. */
function withoutReason({ status }: V1Pod): string {
  return status?.phase === "Running"
    ? "running, and not ready yet"
    : "not ready, and Kubernetes gives no reason";
}

function reasonOf({ status }: V1Pod): string | undefined {
  const unschedulable = status?.conditions?.find(
    ({ type, status: is }) => type === "PodScheduled" && is === "False",
  );
  if (unschedulable)
    return `${unschedulable.reason ?? "Unschedulable"}: ${unschedulable.message ?? "no node fits"}`;
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.map(containerReason).find((reason) => reason !== undefined);
}

function containerReason({ state, lastState, restartCount }: V1ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const exit =
    ended === undefined
      ? ""
      : `, exited with code ${ended.exitCode}${ended.reason === undefined ? "" : ` (${ended.reason})`}`;
  if (state?.waiting?.reason !== undefined) {
    const { reason, message } = state.waiting;
    return `${reason}${message === undefined ? "" : `: ${message}`}${exit}`;
  }
  if (ended !== undefined) return `restarted ${restartCount} times${exit}`;
  return undefined;
}

function warningsOf(events: readonly CoreV1Event[], about: (name: string) => boolean): string[] {
  const time = ({ lastTimestamp, eventTime, metadata }: CoreV1Event) =>
    new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
  const texts = events
    .filter(({ type, involvedObject }) => type === "Warning" && about(involvedObject.name ?? ""))
    .sort((a, b) => time(b) - time(a))
    .map(({ reason, message }) => `${reason ?? "Warning"}: ${message ?? ""}`);
  const start = (text: string) => text.slice(0, ALIKE);
  return texts
    .filter((text, index) => texts.findIndex((each) => start(each) === start(text)) === index)
    .slice(0, EVENTS);
}

/** From the current container, or from the previous one if it has restarted. */
async function lastLines(core: CoreV1Api, namespace: string, { metadata, status }: V1Pod): Promise<string[]> {
  const container = status?.containerStatuses?.[0];
  if (container === undefined) return [];
  const { state, lastState } = container;
  const previous = lastState?.terminated !== undefined && state?.terminated === undefined;
  if (!previous && state?.running === undefined && state?.terminated === undefined) return [];
  try {
    const log = await core.readNamespacedPodLog({
      namespace,
      name: metadata?.name ?? "",
      container: container.name,
      tailLines: LOG_LINES,
      previous,
    });
    return log.trim() === "" ? [] : log.trimEnd().split("\n");
  } catch (error) {
    return [`(its log can't be read: ${(error as Error).message.split("\n")[0] ?? ""})`];
  }
}
