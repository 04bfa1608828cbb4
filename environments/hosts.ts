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

/** Host names that serve the product, the main one first. */
export function productHosts(settings: Hosts): string[] {
  return hostsOf(settings).flatMap(({ host, serves }) => (serves === "product" ? [host] : []));
}

/** Id of the construct that has a host's record. */
export function recordId(host: string): string {
  return `dns-${host.replaceAll(".", "_")}`;
}
