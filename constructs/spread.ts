import type { WorkloadSettings } from "../environments/schema";

/** Which nodes pods may run on; see the setting `capacity`. */
export type Capacity = WorkloadSettings["capacity"];

/** Label that EKS puts on the nodes of its groups. */
export const CAPACITY_LABEL = "eks.amazonaws.com/capacityType";

/**
 * Spread over hosts is required, since two pods on one node share its failure. Spread over zones is preferred: with a
 * zone lost, a hard rule would leave pods pending. Nodes whose taints the pods don't tolerate are not counted.
 */
export const SPREAD = [
  { topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
  { topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
].map((topology) => ({
  ...topology,
  maxSkew: 1,
  nodeTaintsPolicy: "Honor",
  // Each revision spreads on its own, or a rolling update would need extra nodes for its new pods.
  matchLabelKeys: ["pod-template-hash"],
}));
