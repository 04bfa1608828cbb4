import { isPrivateCidr, isPublicCidr, parseCidr, subnet, withoutHostBits } from "../../environments/cidr";

it("parses a range into its first address and its prefix", () => {
  expect(parseCidr("10.1.0.0/16")).toEqual({ base: 10 * 2 ** 24 + 2 ** 16, prefix: 16 });
  expect(parseCidr("255.255.255.255/32")).toEqual({ base: 2 ** 32 - 1, prefix: 32 });
  expect(parseCidr("0.0.0.0/0")).toEqual({ base: 0, prefix: 0 });
});

it.each([
  ["10.0.0.1/16", "bits behind the prefix"],
  ["10.0.0.0", "no prefix"],
  ["10.0.0.0/33", "a prefix beyond 32"],
  ["10.0.256.0/24", "an octet beyond 255"],
  ["10.0.0/24", "three octets"],
  ["10.0.0.0/16 ", "a space"],
  ["::/0", "IPv6"],
])("does not parse %p: %s", (value) => {
  expect(parseCidr(value)).toBeUndefined();
});

it("divides subnets like Terraform's cidrsubnet()", () => {
  expect(subnet("10.0.0.0/16", 3, 0)).toBe("10.0.0.0/19");
  expect(subnet("10.0.0.0/16", 3, 7)).toBe("10.0.224.0/19");
  expect(subnet("192.168.0.0/16", 8, 255)).toBe("192.168.255.0/24");
  expect(subnet("10.0.0.0/8", 1, 1)).toBe("10.128.0.0/9");
});

it("refuses a subnet that is not in the range", () => {
  expect(() => subnet("10.0.0.0/16", 3, 8)).toThrow("10.0.0.0/16 has no subnet 8 with 3 more bits");
  expect(() => subnet("10.0.0.0/16", 3, -1)).toThrow("10.0.0.0/16 has no subnet -1 with 3 more bits");
  expect(() => subnet("nonsense", 3, 0)).toThrow("nonsense has no subnet 0");
});

it.each([
  "10.0.0.0/8",
  "10.255.255.0/24",
  "172.16.0.0/12",
  "172.31.0.0/16",
  "192.168.4.0/24",
  "100.64.0.0/16",
])("treats %s as private", (value) => {
  expect(isPrivateCidr(value)).toBe(true);
});

it.each([
  "8.8.8.0/24",
  "172.32.0.0/16",
  "100.128.0.0/16",
  "11.0.0.0/8",
  "10.0.0.0/7",
  "0.0.0.0/0",
  "nonsense",
])("does not treat %s as private", (value) => {
  expect(isPrivateCidr(value)).toBe(false);
});

it.each(["010.0.0.0/16", "52.01.2.0/24", "10.0.0.0/08"])(
  "does not parse %s, whose leading zero others read as octal",
  (value) => {
    expect(parseCidr(value)).toBeUndefined();
  },
);

it.each([
  ["52.1.2.3/24", "52.1.2.0/24"],
  ["52.1.2.3/32", "52.1.2.3/32"],
  ["10.255.0.1/8", "10.0.0.0/8"],
  ["052.1.2.3/24", undefined],
])("knows the range that %s is in", (value, range) => {
  expect(withoutHostBits(value)).toBe(range);
});

it.each(["52.1.2.0/24", "203.0.113.0/24", "198.17.0.0/16"])("treats %s as one that somebody has", (value) => {
  expect(isPublicCidr(value)).toBe(true);
});

it.each([
  "0.0.0.0/8",
  "10.1.0.0/16",
  "100.64.0.0/16",
  "127.0.0.1/32",
  "169.254.0.0/16",
  "172.0.0.0/8",
  "198.18.0.0/16",
  "224.0.0.0/24",
  "255.255.255.255/32",
  "nonsense",
])("treats %s as one that nobody has in the internet", (value) => {
  expect(isPublicCidr(value)).toBe(false);
});
