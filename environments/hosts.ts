import type { Settings } from "./schema";

/** One host name that the product answers at. */
export interface Host {
  readonly host: string;
  /** Its Route 53 zone: the record is made there, and the certificate proved by DNS-01. */
  readonly hostedZoneId?: string | undefined;
  /** The product itself, or a redirect to the product's first host. */
  readonly serves: "product" | "redirect";
}

/** Every host name, the product's first one first. */
export function hostsOf({ domain }: Pick<Settings, "domain">): readonly [Host, ...Host[]] {
  const { host, hostedZoneId, others } = domain;
  return [{ host, hostedZoneId, serves: "product" }, ...others];
}

/** Host names at which the product is served, the first one first. */
export function productHosts(settings: Pick<Settings, "domain">): string[] {
  return hostsOf(settings).flatMap(({ host, serves }) => (serves === "product" ? [host] : []));
}
