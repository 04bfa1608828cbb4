import type { Requests } from "../../environments/requests";
import { CAPACITY_LABEL, SPREAD, type Capacity } from "../spread";

/** Spread and node affinity of a controller's pods, as chart values. */
export function placement(labels: Readonly<Record<string, string>>, capacity: Capacity) {
  return {
    topologySpreadConstraints: SPREAD.map((topology) => ({
      ...topology,
      labelSelector: { matchLabels: labels },
    })),
    affinity: capacity === "on-demand" ? ON_DEMAND_ONLY : {},
  };
}

const ON_DEMAND_ONLY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: CAPACITY_LABEL, operator: "In", values: ["ON_DEMAND"] }] },
      ],
    },
  },
};

/** Labels that select a chart's pods. */
export function podLabels(name: string, release: string): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": release };
}

/** A budget that a node drain can always satisfy; for a single pod there is none, since it would block the drain. */
export function disruptionBudget(replicas: number, maxUnavailable: number | string = 1) {
  return replicas > 1 ? { enabled: true, maxUnavailable } : { enabled: false };
}

/**
 * For a budget: pods that don't work anyway keep no node from being drained. The charts of Traefik, External Secrets, the
 * autoscaler and Reloader have no value for it. Monitoring's has it by default.
 */
export const EVICT_UNHEALTHY = { unhealthyPodEvictionPolicy: "AlwaysAllow" };

/** When nodes are short, controllers are scheduled before workloads. */
export const PRIORITY_CLASS = "system-cluster-critical";

/** Memory request and limit are equal, so that a controller isn't evicted under memory pressure; CPU may burst. */
export function resources({ cpu, memory }: Requests) {
  return { requests: { cpu, memory }, limits: { memory } };
}

/** What restricted pod security requires of a pod and a container, for charts that don't set it themselves. */
export const RESTRICTED_POD = {
  runAsNonRoot: true,
  runAsUser: 65534,
  runAsGroup: 65534,
  fsGroup: 65534,
  seccompProfile: { type: "RuntimeDefault" },
};
export const RESTRICTED_CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};
