import { subnet } from "./cidr";

/** IPv4 ranges of the VPC's subnets, one of each kind per zone, in the zones' order. */
export interface AddressPlan {
  /** Nodes and pods: an eighth of the VPC each, since every pod has a VPC address. */
  readonly private: readonly string[];
  /** Load balancer and NAT gateways, and nodes if there is no NAT: a 64th each. */
  readonly public: readonly string[];
  /** ElastiCache: a 256th each, with no route out. */
  readonly cache: readonly string[];
}

/**
 * Divides the VPC's range. The plan depends only on the range and the number of zones, so that network policies in
 * another stack use the same addresses without querying AWS.
 */
export function addressPlan(cidr: string, zones: number): AddressPlan {
  const eighth = (index: number) => subnet(cidr, 3, index);
  const each = (cut: (zone: number) => string) => Array.from({ length: zones }, (_, zone) => cut(zone));
  return {
    private: each(eighth),
    // Eighths 0 to 2 are private subnets; 3 and 4 are subdivided, 5 to 7 stay free.
    public: each((zone) => subnet(eighth(3), 3, zone)),
    cache: each((zone) => subnet(eighth(4), 5, zone)),
  };
}
