import { existingSubnets } from "../../environments/address-plan";
import type { Environment } from "../../environments";
import type { NetworkIds } from "./network";

/** A VPC that somebody else owns: its network is never changed or destroyed. Preflight checks that it has what is needed. */
export function existingNetwork({ network, zones, loadBalancer }: Environment): NetworkIds | undefined {
  if (network.existing === undefined) return undefined;
  const ids = (tier: "public" | "private" | "cache") =>
    existingSubnets(network, zones, tier).map(({ id }) => id);
  return {
    vpcId: network.existing.vpcId,
    nodeSubnetIds: ids("private"),
    loadBalancerSubnetIds: ids(loadBalancer.internal ? "private" : "public"),
    cacheSubnetIds: ids("cache"),
    egress: [],
  };
}
