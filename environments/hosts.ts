import { overlap } from "./cidr";
import { CLOUDFRONT, rangesOf } from "./edge-ranges";
import type { Settings } from "./schema";

/** A host name of the product. */
export interface Host {
  readonly host: string;
  /** Its Route 53 zone, for its DNS record and the DNS-01 challenge. */
  readonly hostedZoneId?: string | undefined;
  /** The product itself, or a redirect to the main host. */
  readonly serves: "product" | "redirect";
}

type Hosts = Pick<Settings, "domain">;

/** Every host name, the main one first. */
export function hostsOf({ domain }: Hosts): readonly [Host, ...Host[]] {
  const { host, hostedZoneId, others } = domain;
  return [{ host, hostedZoneId, serves: "product" }, ...others];
}

/** Those with a hosted zone. */
export function hostsWithZone(settings: Hosts): { readonly host: string; readonly hostedZoneId: string }[] {
  return hostsOf(settings).flatMap(({ host, hostedZoneId }) =>
    hostedZoneId === undefined ? [] : [{ host, hostedZoneId }],
  );
}

/** Names of the TXT records by which Let's Encrypt validates the hosts with a hosted zone. */
export function challengeRecords(settings: Hosts): string[] {
  return hostsWithZone(settings).map(({ host }) => `_acme-challenge.${host}`);
}

/** Host names that serve the product, the main one first. */
export function productHosts(settings: Hosts): string[] {
  return hostsOf(settings).flatMap(({ host, serves }) => (serves === "product" ? [host] : []));
}

/** Id of the construct that has a host's record. */
export function recordId(host: string): string {
  return `dns-${host.replaceAll(".", "_")}`;
}

/** The settings that decide who reaches the product. */
type Edge = Pick<Settings, "loadBalancer" | "traffic" | "domain">;

/** How the internet gets to something: at its load balancer, by the proxies in front of that only, or not at all. */
type Access = "direct" | "proxied" | "private";

/** How the internet could get to the load balancer. */
function admission({ loadBalancer, traffic }: Edge): Access {
  const { internal, allowedCidrs, allowedPrefixLists } = loadBalancer;
  if (internal) return "private";
  if (allowedCidrs.length + allowedPrefixLists.length === 0) return "direct";
  return traffic.trustedProxies.length > 0 ? "proxied" : "private";
}

/** Whether DNS records lead past the only proxies by which the internet could get to the load balancer. */
export function recordsBypassProxy(edge: Edge): boolean {
  return admission(edge) === "proxied" && edge.domain.records && hostsWithZone(edge).length > 0;
}

/** How the product answers the internet. */
export function accessOf(edge: Edge): Access {
  return recordsBypassProxy(edge) ? "private" : admission(edge);
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
    admission(edge) === "direct" ||
    (!internal && !allowedPrefixLists.includes(CLOUDFRONT) && admitsProxyByRange(edge))
  );
}
