import type { WorkloadSettings } from "../environments/schema";

/** Which nodes pods may run on: see the setting `capacity`. */
export type Capacity = WorkloadSettings["capacity"];

/** Label that EKS puts on the nodes of its groups. */
export const CAPACITY_LABEL = "eks.amazonaws.com/capacityType";

/**
 * Topologies that pods spread over: hosts hard, since two pods on one node are one failure; zones soft, since with a
 * zone lost a hard rule leaves pods pending. Tainted nodes that pods can't run on don't count.
 */
export const SPREAD = [
  { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
].map((topology) => ({
  ...topology,
  maxSkew: 1,
  nodeTaintsPolicy: "Honor",
  // Each revision by itself, or the new pods of a rolling update would need nodes more.
  matchLabelKeys: ["pod-template-hash"],
}));
