import {
  CoreV1Api,
  type CoreV1Event,
  type KubeConfig,
  type V1ContainerStatus,
  type V1Deployment,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import { shownText } from "../cli/redacted-text";

/** Log lines and events shown per pod. */
const LOG_LINES = 20;
const EVENTS = 5;
/** Events that begin alike are one that came again, with another port or time in it (characters). */
const SAME_START = 60;
/** Pods that are reported: the others mostly have the same problem. */
const PODS = 3;

/** Kinds whose warnings say why they create no pods; others of the same name, such as the autoscaler, warn of other things. */
const OWNERS = ["Deployment", "ReplicaSet", "StatefulSet"];

/** What a rollout still waits for; undefined once it is complete. */
export function waitingFor(controller: V1Deployment | V1StatefulSet): string | undefined {
  const { spec, status } = controller;
  const wanted = spec?.replicas ?? 1;
  const ready = status?.readyReplicas ?? 0;
  return replacing(controller) ?? (ready < wanted ? `${ready} of ${wanted} pods are ready` : undefined);
}

/** Whether a Deployment's rollout came to its end: pods that aren't ready were added, or lost their node, since. */
export function isRolledOut(controller: V1Deployment | V1StatefulSet): boolean {
  const progress = controller.status?.conditions?.find(({ type }) => type === "Progressing");
  return replacing(controller) === undefined && progress?.reason === "NewReplicaSetAvailable";
}

function replacing({ metadata, spec, status }: V1Deployment | V1StatefulSet): string | undefined {
  const wanted = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const all = status?.replicas ?? 0;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return "the change has not been observed yet";
  if (updated < wanted) return `${updated} of ${wanted} pods have the new version`;
  return all > updated ? `${all - updated} pods of the old version are still running` : undefined;
}

/** The Helm release that something belongs to. */
export function releaseOf({ metadata }: V1Deployment | V1StatefulSet): string | undefined {
  return metadata?.annotations?.["meta.helm.sh/release-name"];
}

/** A workload's pods, without those that are being deleted. */
export async function podsOf(core: CoreV1Api, namespace: string, name: string): Promise<V1Pod[]> {
  const labelSelector = `app.kubernetes.io/name=${name}`;
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

/** Why pods of a workload are not ready, as of `troubleOf`. */
export async function troubles(config: KubeConfig, namespace: string, name: string): Promise<string[]> {
  const core = config.makeApiClient(CoreV1Api);
  const { items: events } = await core.listNamespacedEvent({ namespace });
  const pods = await podsOf(core, namespace, name);
  const found = await troublesOf(
    core,
    pods.filter((pod) => !isReady(pod)),
    events,
  );
  if (pods.length > 0) return found;
  // No pods at all: a quota or an admission rule rejects them.
  const owners = events.filter(({ involvedObject }) => OWNERS.includes(involvedObject.kind ?? ""));
  const refused = warningsOf(owners, (about) => about === name || about.startsWith(`${name}-`));
  return refused[0] === undefined ? [] : [troubleText(name, refused[0], refused)];
}

/** Why the first of these pods are not ready; `events` of their namespace. */
export function troublesOf(
  core: CoreV1Api,
  pods: readonly V1Pod[],
  events: readonly CoreV1Event[],
): Promise<string[]> {
  return Promise.all(pods.slice(0, PODS).map((pod) => troubleOf(core, pod, events)));
}

/**
 * Why one pod is not ready; `events` of its namespace. A line such as "wbot-ai-1: ImagePullBackOff: Back-off pulling
 * image …", with warnings and the last log lines below it. Redacted: a deploy's output may be public.
 */
export async function troubleOf(
  core: CoreV1Api,
  pod: V1Pod,
  events: readonly CoreV1Event[],
): Promise<string> {
  const name = pod.metadata?.name ?? "";
  const namespace = pod.metadata?.namespace ?? "";
  const warnings = warningsOf(events, (about) => about === name);
  const reason = shownText(reasonOf(pod) ?? warnings[0] ?? withoutReason(pod));
  return troubleText(name, reason, warnings, await lastLines(core, namespace, pod));
}

/** As one text: what something is about, its reason, and below it its events and logs. */
export function troubleText(
  about: string,
  reason: string,
  events: readonly string[],
  logs: readonly string[] = [],
): string {
  return [
    `${about}: ${reason}`,
    ...events.filter((event) => event !== reason).map((event) => `  event: ${event}`),
    ...(logs.length > 0 ? ["  last lines of its log:", ...logs.map((line) => `    ${line}`)] : []),
  ].join("\n");
}

export function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** As most pods are for a while. */
function withoutReason({ status }: V1Pod): string {
  const first = status?.initContainerStatuses?.find(({ ready, state }) => !ready && state?.running);
  if (first !== undefined) return `waiting for its init container ${first.name}`;
  return status?.phase === "Running"
    ? "running, and not ready yet"
    : "not ready, and Kubernetes gives no reason";
}

function reasonOf(pod: V1Pod): string | undefined {
  const unschedulable = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unschedulable)
    return `${unschedulable.reason ?? "Unschedulable"}: ${unschedulable.message ?? "no node fits"}`;
  const container = unreadyContainer(pod);
  return container && containerReason(container);
}

/** All of a pod's containers, those that start it first. */
export function containersOf({ status }: V1Pod): V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** What a pod waits for: preferably a container that says why it isn't ready, and not that it waits for another. */
function unreadyContainer(pod: V1Pod): V1ContainerStatus | undefined {
  const unready = containersOf(pod).filter(({ ready }) => !ready);
  const telling = unready.find(
    (each) => each.state?.waiting?.reason !== "PodInitializing" && containerReason(each) !== undefined,
  );
  return telling ?? unready[0];
}

function containerReason({ state, lastState, restartCount }: V1ContainerStatus): string | undefined {
  const ended = state?.terminated ?? lastState?.terminated;
  const why = ended?.reason === undefined ? "" : ` (${ended.reason})`;
  const exit = ended === undefined ? "" : `, exited with code ${ended.exitCode}${why}`;
  if (state?.waiting?.reason !== undefined) {
    const { reason, message } = state.waiting;
    return `${reason}${message === undefined ? "" : `: ${message}`}${exit}`;
  }
  return ended === undefined ? undefined : `restarted ${restartCount} times${exit}`;
}

/** For `sort`: the newest event first. */
export function newestFirst(a: CoreV1Event, b: CoreV1Event): number {
  return timeOf(b) - timeOf(a);
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}

/** The newest warnings about something, each once and redacted. */
export function warningsOf(events: readonly CoreV1Event[], about: (name: string) => boolean): string[] {
  const texts = events
    .filter(({ type, involvedObject }) => type === "Warning" && about(involvedObject.name ?? ""))
    .sort(newestFirst)
    .map(({ reason, message }) => shownText(`${reason ?? "Warning"}: ${message ?? ""}`));
  const start = (text: string) => text.slice(0, SAME_START);
  return texts
    .filter((text, index) => texts.findIndex((each) => start(each) === start(text)) === index)
    .slice(0, EVENTS);
}

/** From the current container, or from the previous one if it has restarted. */
async function lastLines(core: CoreV1Api, namespace: string, pod: V1Pod): Promise<string[]> {
  const container = unreadyContainer(pod);
  if (container === undefined) return [];
  const { state, lastState } = container;
  const previous = lastState?.terminated !== undefined && state?.terminated === undefined;
  if (!previous && state?.running === undefined && state?.terminated === undefined) return [];
  try {
    const log = await core.readNamespacedPodLog({
      namespace,
      name: pod.metadata?.name ?? "",
      container: container.name,
      tailLines: LOG_LINES,
      previous,
    });
    return log.trim() === "" ? [] : shownText(log.trimEnd()).split("\n");
  } catch (error) {
    return [`(its log can't be read: ${(error as Error).message.split("\n")[0] ?? ""})`];
  }
}
