import { existingSubnets } from "../../environments/address-plan";
import type { Environment } from "../../environments";
import type { NetworkIds } from "./network";

/** A VPC that somebody else owns: nothing in it is made, changed or destroyed. Preflight looks at what it must have. */
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
