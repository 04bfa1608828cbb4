import { z } from "zod";
import { isPrivateCidr, prefixOf } from "./cidr";
import { CLOUDFLARE, CLOUDFRONT } from "./edge-ranges";
import {
  cidr,
  edgeRange,
  flag,
  group,
  list,
  oneOf,
  optionalGroup,
  retention,
  text,
  ZONE,
} from "./schema-fields";

/** An existing subnet. Its range is needed at synth, for network policies. */
const subnet = () =>
  group({
    id: text(/^subnet-[0-9a-f]{8,17}$/, 'the id of a subnet such as "subnet-0123456789abcdef0"'),
    cidr: cidr("its private IPv4 range", isPrivateCidr),
  });

/** Services of AWS that the cluster and its pods call, by the names of their interface endpoints. */
export const ENDPOINT_SERVICES = [
  "aps-workspaces",
  "autoscaling",
  "bedrock-runtime",
  "ec2",
  "ecr.api",
  "ecr.dkr",
  "eks",
  "eks-auth",
  "elasticloadbalancing",
  "kms",
  "logs",
  "secretsmanager",
  "sns",
  "sts",
] as const;

export const network = optionalGroup({
  cidr: cidr(
    'a private IPv4 range of /16 to /20, such as "10.0.0.0/16"',
    (value) => isPrivateCidr(value) && prefixOf(value) >= 16 && prefixOf(value) <= 20,
  )
    .default("10.0.0.0/16")
    .describe("Address range of the VPC"),
  nat: oneOf(["none", "single", "per-zone"])
    .default("single")
    .describe("NAT gateways; with `none`, nodes have public addresses behind closed security groups"),
  existing: group({
    vpcId: text(/^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC such as "vpc-0123456789abcdef0"').describe(
      "Existing VPC to build the environment in, instead of its own: docs/network.md. Its subnets, routes and NAT gateways still belong to its owner",
    ),
    cidr: cidr("its private IPv4 range", isPrivateCidr).describe("Address range of that VPC"),
    subnets: z
      .record(
        text(ZONE, "availability zones as keys"),
        group({ public: subnet().optional(), private: subnet(), cache: subnet().optional() }),
        { error: "an object of zones and their subnets" },
      )
      .describe(
        "Its subnets by zone, each `{ id, cidr }`: `private` for nodes and pods, with a route out; `public` for the load balancer, unless it is internal; `cache` for Redis and interface endpoints (default: the private one)",
      ),
    endpoints: list(cidr("private IPv4 ranges", isPrivateCidr), 0, 20, "ranges")
      .optional()
      .describe(
        "Ranges in which its owner has interface endpoints: pods that call AWS may connect to port 443 of everything there (the product's pods only in ranges outside the private subnets)",
      ),
  })
    .optional()
    .describe("An existing network"),
  endpoints: list(oneOf(ENDPOINT_SERVICES), 0, ENDPOINT_SERVICES.length, "services of AWS")
    .default([])
    .describe(
      `AWS services that are called through an interface endpoint in the VPC instead of over the internet, $7 a month per endpoint and zone: ${ENDPOINT_SERVICES.map((each) => `\`${each}\``).join(", ")}. If there is no route to the internet, see docs/network.md`,
    ),
  privateEgress: flag()
    .default(false)
    .describe(
      "Lets pods with internet access also reach private networks beyond the VPC (RFC 1918, 100.64.0.0/10), such as a database over peering. The environment's own VPC stays closed to them, except for Redis and interface endpoints; in an existing VPC, `network.existing.cidr` and the environment's subnets stay closed",
    ),
  flowLogRetentionDays: retention()
    .default(30)
    .describe(
      "Retention of the VPC flow logs, which contain clients' addresses (days). Has no effect with network.existing, whose flow logs are up to its owner",
    ),
});

export const loadBalancer = optionalGroup({
  internal: flag()
    .default(false)
    .describe(
      "Gives the load balancer only private addresses, in the private subnets, reachable from the VPC and connected networks. Changing it replaces the load balancer",
    ),
  allowedCidrs: list(
    z.union([z.literal(CLOUDFLARE), edgeRange(`"${CLOUDFLARE}"`)], {
      error: `"${CLOUDFLARE}", or an IPv4 range of /8 or narrower, such as "203.0.113.0/24"`,
    }),
    0,
    30,
    "ranges",
  )
    .default([])
    .describe(
      `Who may connect to the load balancer: IPv4 ranges, or \`"${CLOUDFLARE}"\` for Cloudflare's own. Default: anyone, unless loadBalancer.allowedPrefixLists is set`,
    ),
  allowedPrefixLists: list(
    text(
      /^(cloudfront|pl-[0-9a-f]{8,17})$/,
      `"${CLOUDFRONT}", or the id of a prefix list such as "pl-0123456789abcdef0"`,
    ),
    0,
    5,
    "prefix lists",
  )
    .default([])
    .describe(
      `Prefix lists that may also connect to the load balancer, on port 443 only: IDs, or \`"${CLOUDFRONT}"\` for AWS's own CloudFront list, which would not fit twice in a security group`,
    ),
}).describe("Who can reach the product: docs/traffic.md");
