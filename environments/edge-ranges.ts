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
const CLOUDFLARE_RANGES = [
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
