import { seconds } from "./duration";
import type { Settings } from "./schema";
import { perService, SERVICES, type ServiceKey } from "./services";

/** The load balancer's health checks: every so often (seconds), and out after so many failures. */
export const HEALTH_CHECK = { intervalSeconds: 10, failures: 2 } as const;
/** What the load balancer takes to send nobody to a node any more, once its checks have failed (seconds). */
const PROPAGATION_SECONDS = 25;
/** Between the last stream's end and the kill (seconds). */
const TRAEFIK_SLACK_SECONDS = 15;
const POD_SLACK_SECONDS = 10;
/** Time for Traefik and other callers to hear that a pod is going, before the pod is told to go (seconds). */
const PRE_STOP_SECONDS = 10;
/** Idle connections of browsers between requests (seconds), as long as the load balancer keeps them. */
const KEEP_ALIVE_SECONDS = 180;
/** By which Traefik closes an idle connection before the load balancer forgets it (seconds). */
const BEFORE_THE_BALANCER_SECONDS = 10;
/** For services that don't drain: a page is answered at once, and its server has no streams to finish (seconds). */
const SHORT_DRAIN_SECONDS = 30;

/** What EKS waits for a pod while it updates a node group (seconds). */
export const MANAGED_UPDATE_SECONDS = 900;
/** Between spot's notice and the node's end (seconds). */
export const SPOT_NOTICE_SECONDS = 120;

/** How long a pod may take to go, in seconds. */
export interface PodTimes {
  /** It still gets requests and knows nothing yet; 0 where nothing calls it. */
  readonly preStop: number;
  /** It is told to go, and finishes what it has begun. */
  readonly drain: number;
  /** The kubelet kills it: preStop, drain and slack. */
  readonly termination: number;
}

/** Every time on a stream's way, in seconds. */
export interface StreamTimes {
  readonly loadBalancer: {
    /** A connection on which nothing moves is forgotten. */
    readonly tcpIdle: number;
    /** A node that goes keeps its connections. */
    readonly deregistrationDelay: number;
    /** So does one whose Traefik fails its checks. */
    readonly unhealthyDraining: number;
  };
  readonly traefik: {
    /** A pod that must go still takes connections, until the load balancer has noticed. */
    readonly acceptGrace: number;
    /** Then it finishes its requests and streams. */
    readonly drain: number;
    readonly termination: number;
    /** An idle connection is closed. */
    readonly keepAlive: number;
  };
  /** Of each service. */
  readonly pods: Readonly<Record<ServiceKey, PodTimes>>;
  /** What the cluster-autoscaler waits for pods of a node that it takes away. */
  readonly autoscalerPatience: number;
}

/** All that follows from the settings of `streaming`. */
export function streamTimes({ streaming }: Pick<Settings, "streaming">): StreamTimes {
  const maxDuration = seconds(streaming.maxDuration);
  const drain = seconds(streaming.drain);
  const acceptGrace = HEALTH_CHECK.intervalSeconds * HEALTH_CHECK.failures + PROPAGATION_SECONDS;
  const untilDrained = acceptGrace + drain;
  const traefik = {
    acceptGrace,
    drain,
    termination: untilDrained + TRAEFIK_SLACK_SECONDS,
    keepAlive: Math.min(KEEP_ALIVE_SECONDS, maxDuration - BEFORE_THE_BALANCER_SECONDS),
  };
  const pods = perService((key) => podTimes(key, drain));
  return {
    loadBalancer: {
      tcpIdle: maxDuration,
      deregistrationDelay: untilDrained,
      unhealthyDraining: untilDrained,
    },
    traefik,
    pods,
    autoscalerPatience: Math.max(
      traefik.termination,
      ...Object.values(pods).map(({ termination }) => termination),
    ),
  };
}

function podTimes(key: ServiceKey, streamDrain: number): PodTimes {
  const { http, drains } = SERVICES[key];
  const preStop = http === undefined ? 0 : PRE_STOP_SECONDS;
  const drain = drains ? streamDrain : SHORT_DRAIN_SECONDS;
  return { preStop, drain, termination: preStop + drain + POD_SLACK_SECONDS };
}
