/** IPv4 range arithmetic at synth: Terraform's `cidrsubnet()` would hide addresses from tests and network policies. */

export interface Cidr {
  /** First address, as an unsigned 32-bit number. */
  readonly base: number;
  /** Prefix length, 0 to 32. */
  readonly prefix: number;
}

/** Parses "a.b.c.d/n"; undefined if it isn't valid, or if host bits are set. */
export function parseCidr(value: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const base = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return base % 2 ** (32 - prefix) === 0 ? { base, prefix } : undefined;
}

/** The `index`-th subnet of `cidr` with `newBits` added to the prefix, like Terraform's `cidrsubnet()`. */
export function subnet(cidr: string, newBits: number, index: number): string {
  const parent = parseCidr(cidr);
  if (!parent || index >= 2 ** newBits)
    throw new Error(`${cidr} has no subnet ${index} with ${newBits} more bits`);
  const prefix = parent.prefix + newBits;
  const base = parent.base + index * 2 ** (32 - prefix);
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}

/** Whether two ranges share an address. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [parseCidr(a), parseCidr(b)];
  if (!one || !other) return false;
  const shared = 2 ** (32 - Math.min(one.prefix, other.prefix));
  return Math.floor(one.base / shared) === Math.floor(other.base / shared);
}

/** RFC 1918, and RFC 6598. */
export const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Whether a range is private (RFC 1918, or RFC 6598 carrier-grade NAT). */
export function isPrivateCidr(value: string): boolean {
  const inner = parseCidr(value);
  if (!inner) return false;
  return PRIVATE_RANGES.some((range) => {
    const outer = parseCidr(range);
    return (
      outer !== undefined &&
      inner.prefix >= outer.prefix &&
      inner.base >= outer.base &&
      inner.base < outer.base + 2 ** (32 - outer.prefix)
    );
  });
}
