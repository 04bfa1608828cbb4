import { subnet } from "./cidr";

/** Letters of the zones that the plan has room for: no region has more. */
export const ZONE_LETTERS = "abcdef";

/** IPv4 ranges of the VPC's subnets, one of each kind per zone, in the zones' order. */
export interface AddressPlan {
  /** Nodes and pods: an eighth of the VPC each, since every pod has a VPC address. */
  readonly private: readonly string[];
  /** Load balancer and NAT gateways, and nodes if there is no NAT: a 64th each. */
  readonly public: readonly string[];
  /** ElastiCache: a 256th each, with no route out. */
  readonly cache: readonly string[];
}

/** Eighths of the VPC that are divided further; the others are private subnets. */
const PUBLIC_EIGHTH = 3;
const CACHE_EIGHTH = 4;
const PRIVATE_EIGHTHS = [0, 1, 2, 5, 6, 7] as const;

/**
 * Divides the VPC's range. A zone's ranges follow from its letter, never from its place in the list: a subnet can't
 * change its range, nor another take it over while the first one is there. Nothing is asked of AWS, so that network
 * policies in another stack use the same addresses.
 */
export function addressPlan(cidr: string, zones: readonly string[]): AddressPlan {
  const eighth = (index: number) => subnet(cidr, 3, index);
  const each = (cut: (letter: number) => string) =>
    zones.map((zone) => cut(ZONE_LETTERS.indexOf(zoneLetter(zone))));
  return {
    private: each((letter) => eighth(PRIVATE_EIGHTHS[letter] ?? NaN)),
    public: each((letter) => subnet(eighth(PUBLIC_EIGHTH), 3, letter)),
    cache: each((letter) => subnet(eighth(CACHE_EIGHTH), 5, letter)),
  };
}

/** "a" of "us-east-1a". */
export function zoneLetter(zone: string): string {
  return zone.slice(-1);
}
