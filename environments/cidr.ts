/** IPv4 range arithmetic at synth: Terraform's `cidrsubnet()` would hide addresses from tests and network policies. */

interface Cidr {
  /** First address, as an unsigned 32-bit number. */
  readonly base: number;
  /** Prefix length, 0 to 32. */
  readonly prefix: number;
}

/** Parses "a.b.c.d/n"; undefined if it isn't valid, or if host bits are set. */
export function parseCidr(value: string): Cidr | undefined {
  const found = anyBits(value);
  return found && found.base % 2 ** (32 - found.prefix) === 0 ? found : undefined;
}

/** Prefix length of a range; 0 if it isn't valid. */
export function prefixOf(value: string): number {
  return parseCidr(value)?.prefix ?? 0;
}

/** The range that "a.b.c.d/n" is in, without its host bits; undefined if it isn't valid either way. */
export function withoutHostBits(value: string): string | undefined {
  const found = anyBits(value);
  if (!found) return undefined;
  const size = 2 ** (32 - found.prefix);
  return shown({ ...found, base: Math.floor(found.base / size) * size });
}

/** Without leading zeros, which some programs read as octal and AWS refuses. */
export const OCTET = "(0|[1-9]\\d{0,2})";
export const RANGE = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}/(0|[1-9]\\d?)$`);

function anyBits(value: string): Cidr | undefined {
  const match = RANGE.exec(value);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  return { base: a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d, prefix };
}

function shown({ base, prefix }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}

/** The `index`-th subnet of `cidr` with `newBits` added to the prefix, like Terraform's `cidrsubnet()`. */
export function subnet(cidr: string, newBits: number, index: number): string {
  const parent = parseCidr(cidr);
  if (!parent || !(index >= 0 && index < 2 ** newBits))
    throw new Error(`${cidr} has no subnet ${index} with ${newBits} more bits`);
  const prefix = parent.prefix + newBits;
  return shown({ base: parent.base + index * 2 ** (32 - prefix), prefix });
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

/** Link-local addresses: instance metadata, which no pod may reach, and Pod Identity. */
export const LINK_LOCAL = "169.254.0.0/16";

/** Ranges that nobody owns: this host, loopback, link-local, benchmarks, multicast and reserved addresses. */
const SPECIAL_RANGES = ["0.0.0.0/8", "127.0.0.0/8", LINK_LOCAL, "198.18.0.0/15", "224.0.0.0/3"];

/** Whether a range is private (RFC 1918, or RFC 6598 carrier-grade NAT). */
export function isPrivateCidr(value: string): boolean {
  return PRIVATE_RANGES.some((range) => isWithin(value, range));
}

/** Whether a range may be somebody's on the internet. */
export function isPublicCidr(value: string): boolean {
  return (
    parseCidr(value) !== undefined &&
    ![...PRIVATE_RANGES, ...SPECIAL_RANGES].some((range) => overlap(value, range))
  );
}

/** Whether all of a range is in another one. */
export function isWithin(value: string, range: string): boolean {
  const [inner, outer] = [parseCidr(value), parseCidr(range)];
  return inner !== undefined && outer !== undefined && inner.prefix >= outer.prefix && overlap(value, range);
}
