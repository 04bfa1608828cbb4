import type { Requests } from "../../environments/requests";
import { CAPACITY_LABEL, SPREAD, type Capacity } from "../spread";

/** Spread and node affinity of a controller's pods, as a chart's values take them. */
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

/** Labels by which a chart's pods are found. */
export function podLabels(name: string, release: string): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": release };
}

/** A budget that a node's drain can always satisfy; a single pod needs none, and would block the drain. */
export function disruptionBudget(replicas: number) {
  return replicas > 1 ? { enabled: true, maxUnavailable: 1 } : { enabled: false };
}

/** Controllers go before workloads when nodes are short. */
export const PRIORITY_CLASS = "system-cluster-critical";

/** Equal request and limit of memory, so that a controller is never the one evicted; CPU may burst. */
export function resources({ cpu, memory }: Requests) {
  return { requests: { cpu, memory }, limits: { memory } };
}

/** What restricted pod security asks of a pod and of a container, for charts that don't bring it. */
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
