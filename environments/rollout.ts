/**
 * Pods of a workload during a rollout, which the quota and the nodes must have room for: when the last new pod starts,
 * every old one may still be draining its streams, and keeps its room until it is gone. The same goes for the front
 * end: ten of its pods become ready within the 50 s that one may take to terminate. If new pods had to wait for the old
 * ones' room, a rollout would take one drain per wave, up to 9 minutes each, and time out.
 */
export function podsInRollout(pods: number): number {
  return 2 * pods;
}
