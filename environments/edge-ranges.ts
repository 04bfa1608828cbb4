import { overlap } from "./cidr";

/** Networks that stand in front of the load balancer, by the names that settings have for them. */
export const CLOUDFRONT = "cloudfront";
export const CLOUDFLARE = "cloudflare";

/** AWS's own list of what CloudFront connects from; in each region. */
export const CLOUDFRONT_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing";

/**
 * That list counts as this many rules of a security group. By default AWS allows 60 in a group.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
export const CLOUDFRONT_RULES = 55;
export const RULES_OF_A_GROUP = 60;

/**
 * What Cloudflare connects from; unchanged since 2021.
 *
 * @see https://www.cloudflare.com/ips-v4
 */
export const CLOUDFLARE_RANGES = [
  "103.21.244.0/22",
  "103.22.200.0/22",
  "103.31.4.0/22",
  "104.16.0.0/13",
  "104.24.0.0/14",
  "108.162.192.0/18",
  "131.0.72.0/22",
  "141.101.64.0/18",
  "162.158.0.0/15",
  "172.64.0.0/13",
  "173.245.48.0/20",
  "188.114.96.0/20",
  "190.93.240.0/20",
  "197.234.240.0/22",
  "198.41.128.0/17",
];

/** Ranges of a list of settings that may name Cloudflare. */
export function rangesOf(list: readonly string[]): string[] {
  return [...new Set(list.flatMap((each) => (each === CLOUDFLARE ? CLOUDFLARE_RANGES : [each])))];
}

/** The settings that decide who reaches the product. */
interface Edge {
  readonly loadBalancer: {
    readonly internal: boolean;
    readonly allowedCidrs: readonly string[];
    readonly allowedPrefixLists: readonly string[];
  };
  readonly traffic: { readonly trustedProxies: readonly string[] };
  readonly domain: Zoned & { readonly records: boolean; readonly others: readonly Zoned[] };
}

interface Zoned {
  readonly hostedZoneId?: string | undefined;
}

/** Whether the load balancer admits anyone in the internet. */
export function admitsAnyone({ loadBalancer }: Edge): boolean {
  const { internal, allowedCidrs, allowedPrefixLists } = loadBalancer;
  return !internal && allowedCidrs.length + allowedPrefixLists.length === 0;
}

/** Whether the internet could get to the load balancer by its proxies only. */
export function admitsByProxiesOnly(edge: Edge): boolean {
  return !edge.loadBalancer.internal && !admitsAnyone(edge) && edge.traffic.trustedProxies.length > 0;
}

/** Whether the product answers in the internet: at its load balancer, or at a proxy in front of that. */
export function answersAnyone(edge: Edge): boolean {
  return admitsAnyone(edge) || answersByProxiesOnly(edge);
}

/** Whether the internet gets through to the load balancer by its proxies only: it doesn't if records lead past them. */
export function answersByProxiesOnly(edge: Edge): boolean {
  const { records, others } = edge.domain;
  const zoned = [edge.domain, ...others].some(({ hostedZoneId }) => hostedZoneId !== undefined);
  return admitsByProxiesOnly(edge) && !(records && zoned);
}

/** Whether the load balancer admits one of the trusted proxies, as far as the settings say what is in its lists. */
export function admitsProxy(edge: Edge): boolean {
  const { allowedCidrs, allowedPrefixLists } = edge.loadBalancer;
  if (allowedCidrs.length + allowedPrefixLists.length === 0) return true;
  const { trustedProxies } = edge.traffic;
  return (
    allowedPrefixLists.some((list) => list !== CLOUDFRONT || trustedProxies.includes(list)) ||
    admitsProxyByRange(edge)
  );
}

function admitsProxyByRange({ loadBalancer, traffic }: Edge): boolean {
  const allowed = rangesOf(loadBalancer.allowedCidrs);
  return rangesOf(traffic.trustedProxies).some((proxy) => allowed.some((range) => overlap(proxy, range)));
}

/**
 * Whether port 80 is open to the internet, by a proxy if there is one: Let's Encrypt's HTTP-01 asks there. It is open to the
 * ranges of the settings, but not to prefix lists, such as CloudFront's.
 */
export function answersHttp(edge: Edge): boolean {
  const { allowedPrefixLists, internal } = edge.loadBalancer;
  return (
    admitsAnyone(edge) || (!internal && !allowedPrefixLists.includes(CLOUDFRONT) && admitsProxyByRange(edge))
  );
}
