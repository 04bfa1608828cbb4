import { isWithin, LINK_LOCAL, overlap, prefixOf, PRIVATE_RANGES, subnet } from "./cidr";
import { SERVICE_CIDR } from "./names";
import type { Settings } from "./schema";

/** Letters of the zones that the plan has room for: no region has more. */
export const ZONE_LETTERS = "abcdef";

/** The settings of the network that ranges follow from. */
type Network = Pick<Settings["network"], "cidr" | "existing">;
type Tier = "public" | "private" | "cache";
type ExistingSubnet = NonNullable<Network["existing"]>["subnets"][string]["private"];

/** IPv4 ranges of the VPC. An existing one may have several: beyond `existing.cidr`, only the environment's subnets. */
export function vpcRanges({ cidr, existing }: Network): string[] {
  if (existing === undefined) return [cidr];
  const subnets = Object.values(existing.subnets).flatMap((tiers) =>
    [tiers.private, tiers.public, tiers.cache].flatMap((each) => each?.cidr ?? []),
  );
  return [existing.cidr, ...subnets.filter((range) => !isWithin(range, existing.cidr))];
}

/** A tier's existing subnets, in the zones' order; a zone without a cache subnet has its private one. */
export function existingSubnets(
  { existing }: Network,
  zones: readonly string[],
  tier: Tier,
): readonly ExistingSubnet[] {
  return zones.flatMap((zone) => {
    const subnets = existing?.subnets[zone];
    return subnets?.[tier] ?? (tier === "cache" ? subnets?.private : undefined) ?? [];
  });
}

/** IPv4 ranges of the VPC's subnets, one of each kind per zone, in the zones' order. */
interface AddressPlan {
  /** Nodes and pods: an eighth of the VPC each, since every pod has a VPC address. */
  readonly private: readonly string[];
  /** Load balancer and NAT gateways, and nodes if there is no NAT: a 64th each. */
  readonly public: readonly string[];
  /** ElastiCache: a 256th each, with no route out. */
  readonly cache: readonly string[];
}

/** Pods' addresses come in blocks of this size: a /28 prefix. */
const BLOCK = 16;
const BLOCKS_OF_A_NODE = 2;
/** The blocks for pods, and the node's own on two interfaces. */
export const ADDRESSES_OF_A_NODE = BLOCKS_OF_A_NODE * BLOCK + 2;
/** Free addresses that Elastic Load Balancing requires in each of its subnets. */
export const ADDRESSES_OF_A_LOAD_BALANCER = 8;

/** Eighths of the VPC that are divided further; the others are private subnets. */
const PUBLIC_EIGHTH = 3;
const CACHE_EIGHTH = 4;
/** Bits that a cache subnet's prefix is longer than the VPC's: three for its eighth, five within. */
export const CACHE_BITS = 8;
const PRIVATE_EIGHTHS = [0, 1, 2, 5, 6, 7] as const;

/** Ranges of the VPC's subnets: the existing ones, or those that its own VPC is divided into. */
export function subnetRanges(network: Network, zones: readonly string[]): AddressPlan {
  if (network.existing === undefined) return addressPlan(network.cidr, zones);
  const each = (tier: Tier) => existingSubnets(network, zones, tier).map(({ cidr }) => cidr);
  return { private: each("private"), public: each("public"), cache: each("cache") };
}

type Endpoints = Network & Pick<Settings["network"], "endpoints">;

/**
 * Ranges of interface endpoints, which are in the cache subnets, or where the owner of an existing network has them: the
 * names of their services resolve to addresses there instead of public ones.
 */
export function endpointRanges(network: Endpoints, zones: readonly string[]): string[] {
  const own = network.endpoints.length === 0 ? [] : subnetRanges(network, zones).cache;
  return [...own, ...(network.existing?.endpoints ?? [])];
}

/**
 * Those apart from the cluster: an existing network may have them in the private subnets, where the nodes and the control
 * plane answer at the same port.
 */
export function separateEndpointRanges(network: Endpoints, zones: readonly string[]): string[] {
  const nodes = subnetRanges(network, zones).private;
  return endpointRanges(network, zones).filter((range) => !nodes.some((each) => overlap(range, each)));
}

/**
 * IPv4 ranges that are no part of the internet to pods: the VPC and the cluster; and, unless `network.privateEgress` is set,
 * private networks beyond the VPC, such as an office's, reached by peering or a transit gateway.
 */
export function closedRanges(network: Network & Pick<Settings["network"], "privateEgress">): string[] {
  const closed = network.privateEgress ? [...vpcRanges(network), SERVICE_CIDR] : PRIVATE_RANGES;
  return [...closed, LINK_LOCAL];
}

/**
 * Divides the VPC's range. A zone's ranges follow from its letter, never from its place in the list: a subnet can't
 * change its range, nor another take it over while the first one is there. AWS isn't queried, so that network policies in
 * another stack use the same addresses.
 */
export function addressPlan(cidr: string, zones: readonly string[]): AddressPlan {
  const eighth = (index: number) => subnet(cidr, 3, index);
  const each = (cut: (letter: number) => string) =>
    zones.map((zone) => cut(ZONE_LETTERS.indexOf(zoneLetter(zone))));
  return {
    private: each((letter) => eighth(PRIVATE_EIGHTHS[letter] ?? -1)),
    public: each((letter) => subnet(eighth(PUBLIC_EIGHTH), 3, letter)),
    cache: each((letter) => subnet(eighth(CACHE_EIGHTH), CACHE_BITS - 3, letter)),
  };
}

/** "a" of "us-east-1a". */
export function zoneLetter(zone: string): string {
  return zone.slice(-1);
}

/** Addresses that AWS leaves in a subnet: it keeps five. */
export const addressesIn = (range: string) => 2 ** (32 - prefixOf(range)) - 5;

/** The smallest of the nodes' subnets, its addresses for nodes, and how many nodes fit into the subnets of all zones. */
export function roomForNodes({
  network,
  zones,
  loadBalancer,
}: Pick<Settings, "network" | "zones" | "loadBalancer">) {
  const isPublic = network.nat === "none";
  const isShared = loadBalancer.internal !== isPublic;
  const subnets = subnetRanges(network, zones)[isPublic ? "public" : "private"].map((range) => ({
    range,
    free: addressesIn(range) - (isShared ? ADDRESSES_OF_A_LOAD_BALANCER : 0),
  }));
  const [smallest = { range: network.cidr, free: 0 }] = [...subnets].sort((a, b) => a.free - b.free);
  const nodes = subnets.map(({ free }) => Math.floor(free / ADDRESSES_OF_A_NODE));
  return { ...smallest, nodes: nodes.reduce((sum, each) => sum + each, 0) };
}

/** The most of Redis's nodes that are in one zone. Each needs an address in its cache subnet, as does each endpoint. */
export function redisNodesInZone({ redis, zones }: Pick<Settings, "redis" | "zones">): number {
  return redis.kind === "elasticache" ? Math.ceil((redis.replicas + 1) / zones.length) : 0;
}
