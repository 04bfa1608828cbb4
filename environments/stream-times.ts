import { seconds } from "./quantity";
import type { Settings } from "./schema";
import { perService, SERVICES, type ServiceKey } from "./services";

/** The load balancer's health checks, as often as AWS allows: a lost node costs new connections this long. */
export const HEALTH_CHECK = { intervalSeconds: 5, timeoutSeconds: 3, failures: 2 } as const;
/**
 * Time until the load balancer sends no new connection to a pod that is deregistered (seconds). AWS promises none; users
 * have measured two minutes, whatever the deregistration delay, and 40 s for one that fails its checks.
 *
 * @see https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2366
 * @see https://github.com/aws/containers-roadmap/issues/470
 */
const DEREGISTRATION_SECONDS = 120;
/** Longest time in which the load balancer finds a new Traefik pod healthy (seconds): a minute is usual. */
export const NEW_POD_SECONDS = 180;
/** Between the end of draining and the kill (seconds). */
const TRAEFIK_SLACK_SECONDS = 15;
const POD_SLACK_SECONDS = 10;
/** Time for Traefik and other callers to learn that a pod is terminating, before it gets SIGTERM (seconds). */
const PRE_STOP_SECONDS = 10;
/** Idle timeout of browser connections between requests (seconds), unless the load balancer's is shorter. */
const KEEP_ALIVE_SECONDS = 180;
/** How much earlier than the load balancer Traefik closes an idle connection (seconds). */
const BEFORE_THE_BALANCER_SECONDS = 10;
/** For services that don't drain: pages are short responses, with no streams to finish (seconds). */
const SHORT_DRAIN_SECONDS = 30;

/**
 * How long EKS waits for the pods of a node to terminate while updating a node group (seconds). It drains several nodes
 * of a larger group at a time, and some of their Traefik pods may only go once the successors of others are ready: up to half
 * of all pods go in two turns, since the budget is a quarter.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
 */
export const MANAGED_UPDATE_SECONDS = 900;
/** Waves in which EKS replaces the nodes of a group: a third at a time. */
const UPDATE_WAVES = 3;
/** Percentage of a group's nodes in one wave. */
export const WAVE_PERCENT = 33;
/**
 * A group's nodes while EKS updates it: it starts new ones before it drains old ones, up to two in each zone, or as many as it
 * drains at once.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
 */
export function nodesInUpdate(nodes: number, zones: readonly string[]): number {
  return nodes + Math.max(2 * zones.length, Math.ceil((nodes * WAVE_PERCENT) / 100));
}
/** In each wave, for new nodes to start and become ready, and for EKS to notice (seconds). */
const NEW_NODES_SECONDS = 900;

/** Every timeout along a stream's path that follows from the `streaming` settings, in seconds. */
export function streamTimes({ streaming }: Pick<Settings, "streaming">) {
  const maxDuration = seconds(streaming.maxDuration);
  const drain = seconds(streaming.drain);
  const untilDrained = DEREGISTRATION_SECONDS + drain;
  const traefik = {
    /** How long a terminating pod still accepts connections, until the load balancer has noticed. */
    acceptGrace: DEREGISTRATION_SECONDS,
    /** After that, to finish its requests and streams. */
    drain,
    termination: untilDrained + TRAEFIK_SLACK_SECONDS,
    /** Idle timeout of a connection. */
    keepAlive: Math.min(KEEP_ALIVE_SECONDS, maxDuration - BEFORE_THE_BALANCER_SECONDS),
  };
  const pods = perService((key) => podTimes(key, drain));
  return {
    loadBalancer: {
      /** Idle timeout of a connection. */
      tcpIdle: maxDuration,
      /** How long a pod being removed keeps its connections. */
      deregistrationDelay: untilDrained,
      /** The same for a pod that fails its health checks. */
      unhealthyDraining: untilDrained,
    },
    traefik,
    pods,
    /**
     * How long EKS may take to update a node group, or to delete one, before Terraform gives up: it waits for each node's
     * pods, then for the load balancer to let go of the node.
     */
    nodeGroup: UPDATE_WAVES * (MANAGED_UPDATE_SECONDS + untilDrained + NEW_NODES_SECONDS),
    /** How long the cluster-autoscaler waits for the pods of a node it removes. */
    autoscalerPatience: Math.max(
      traefik.termination,
      ...Object.values(pods).map(({ termination }) => termination),
    ),
  };
}

/** The phases of a pod's termination, in seconds. */
export type PodTimes = ReturnType<typeof podTimes>;

function podTimes(key: ServiceKey, streamDrain: number) {
  const { http, drains } = SERVICES[key];
  const preStop = http === undefined ? 0 : PRE_STOP_SECONDS;
  const drain = drains ? streamDrain : SHORT_DRAIN_SECONDS;
  return {
    /** Before SIGTERM, while it still gets requests; 0 if nothing calls it. */
    preStop,
    /** After SIGTERM, to finish the requests in progress. */
    drain,
    /** Until the kubelet kills it. */
    termination: preStop + drain + POD_SLACK_SECONDS,
  };
}

/** The slowest line that an upload must get through, in bits a second: the uplink of UMTS. */
const SLOWEST_LINE = 384_000;
const MEBIBIT = 8 * 1024 * 1024;
/** For small bodies, whose line may also be slow to begin (seconds). */
const MIN_SECONDS = 60;

/** How long a request may take to arrive, with its body (seconds). */
export function bodySeconds({ api, pages, bodyTime }: Settings["traffic"]): number {
  if (bodyTime !== undefined) return seconds(bodyTime);
  const largest = Math.max(api.maxBodyMiB, pages.maxBodyMiB) * MEBIBIT;
  return Math.max(MIN_SECONDS, Math.ceil(largest / SLOWEST_LINE));
}
