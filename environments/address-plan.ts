import { subnet } from "./cidr";

/** IPv4 ranges of the VPC's subnets, one of each sort a zone, in the zones' order. */
export interface AddressPlan {
  /** Nodes and pods: an eighth of the VPC each, since every pod has an address of the VPC. */
  readonly private: readonly string[];
  /** Load balancer and NAT gateways; nodes too where there is no NAT: a 64th each. */
  readonly public: readonly string[];
  /** ElastiCache: a 256th each, with no route out. */
  readonly cache: readonly string[];
}

/**
 * Cuts the VPC's range. The plan depends on the range and the number of zones alone, so that network policies in
 * another stack name the same addresses without asking AWS.
 */
export function addressPlan(cidr: string, zones: number): AddressPlan {
  const eighth = (index: number) => subnet(cidr, 3, index);
  const each = (cut: (zone: number) => string) => Array.from({ length: zones }, (_, zone) => cut(zone));
  return {
    private: each(eighth),
    // Eighths 0 to 2 are the private ones; 3 and 4 are cut again, 5 to 7 stay free.
    public: each((zone) => subnet(eighth(3), 3, zone)),
    cache: each((zone) => subnet(eighth(4), 5, zone)),
  };
}
