import { z } from "zod";
import { BUDGET_TAG } from "./names";
import { access, cluster, nodes, platform } from "./schema-cluster";
import {
  address,
  flag,
  group,
  host,
  list,
  oneOf,
  optionalGroup,
  port,
  preferences,
  region,
  resolver,
  text,
  url,
  whole,
  ZONE,
} from "./schema-fields";
import { loadBalancer, network } from "./schema-network";
import { observability } from "./schema-observability";
import { redis } from "./schema-redis";
import { streaming, traffic } from "./schema-traffic";
import { workload } from "./schema-workload";
import { perService, SERVICES, type ServiceKey } from "./services";

/**
 * Every setting of an environment: its unit, its default and what is allowed.
 *
 * A setting's description becomes its row in docs/settings.md (`npm run settings`); its error text follows "must be" in the
 * message about a bad value.
 */

// Zod would compile the schema into functions, which takes longer than checking a few environments without.
z.config({ jitless: true });

const hostedZoneId = () =>
  text(/^Z[A-Z0-9]{5,31}$/, 'the id of a Route 53 hosted zone, such as "Z0123456789ABCDEFGHIJ"').optional();

/** IAM's, the narrowest of the services that get the tags. */
const TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @";
const tag = (what: string, min: number, max: number) =>
  text(
    new RegExp(`^(?! )[\\p{L}\\p{N} _.:/=+@-]{${min},${max}}(?<! )$`, "u"),
    `${what} of ${min} to ${max} characters: ${TAG_CHARACTERS}, and no space around them`,
  );

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET =
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|\.-|-\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const KEY_ID = "([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})";
const KEY_ALIAS = "alias/[\\w/-]{1,250}";
const KMS_KEY = new RegExp(
  `^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:(key/${KEY_ID}|${KEY_ALIAS})|${KEY_ALIAS}|${KEY_ID})$`,
);

export const settings = group({
  tier: oneOf(["development", "staging", "production"]).describe(
    "How strict the checks are: production must survive the loss of a zone, development may be small",
  ),
  region: region()
    .default("us-east-1")
    .describe(
      "AWS region, GovCloud's among them. One that AWS doesn't enable by itself has to be enabled first: `aws account enable-region --region-name <region>`",
    ),
  account: text(/^\d{12}$/, "an AWS account number of 12 digits, as a string")
    .optional()
    .describe("AWS account; if set, credentials of any other account are refused"),
  zones: list(
    text(ZONE, 'the name of an availability zone such as "us-east-1a" (not its ID, and no local zone)'),
    2,
    3,
    "zones",
  ).describe(
    "Availability zones of the region, in any order (3; development needs only 2; new accounts have no more in us-west-1). They can't change while the cluster exists: EKS refuses a different set. EKS has no control plane in use1-az3, usw1-az2 and cac1-az3: `aws ec2 describe-availability-zones` shows their names in your account",
  ),
  protection: flag().default(false).describe("Fails any plan that would destroy something unrecoverable"),
  state: z
    .discriminatedUnion(
      "kind",
      [
        group({ kind: z.literal("local") }),
        group({
          kind: z.literal("s3"),
          bucket: text(BUCKET, "the name of an S3 bucket").describe(
            "State bucket, owned by the environment's account",
          ),
          region: region().optional().describe("Region of the bucket. Default: the environment's"),
          kmsKeyId: text(KMS_KEY, 'a KMS key: its ARN, "alias/<name>" or its id')
            .optional()
            .describe("KMS key for the state. Default: the bucket's default encryption"),
        }),
      ],
      { error: 'kind "local", or kind "s3" with a bucket' },
    )
    .default({ kind: "local" })
    .describe(
      "Where Terraform's state is stored: `local` files next to cdktf.json, or `s3` (locked, encrypted)",
    ),
  emulator: group({
    endpoint: address(
      /^http:\/\/[a-z0-9.-]+:\d{1,5}$/,
      'the address of an AWS emulator as pods reach it, such as "http://host.docker.internal:4566"',
    ).describe("AWS API that controllers in the cluster call instead of AWS's own"),
  })
    .optional()
    .describe("For rehearsals only: an AWS emulator, to which real credentials are never sent"),
  tags: z
    .record(
      tag("a key", 1, 128).refine((key) => !/^aws:/i.test(key), {
        error: 'a key without "aws:", which is AWS\'s own',
      }),
      tag("text", 0, 256),
      { error: "an object of names and strings" },
    )
    .refine((tags) => Object.keys(tags).length <= 30, {
      error: "at most 30 tags: AWS allows 50, including this project's own",
    })
    .default({})
    .describe(
      "Additional tags for every AWS resource; pods' volumes get them when they are created. What EKS and its network plugin create (network interfaces, a security group) has none, and costs nothing",
    ),
  ignoreTags: optionalGroup({
    keys: list(tag("a key", 1, 128), 0, 50, "keys")
      .default([])
      .describe("Exact keys, such as CostCenter"),
    prefixes: list(tag("a prefix", 1, 128), 0, 50, "prefixes")
      .default([])
      .describe("Key prefixes, such as org:"),
  }).describe("Tags that others put on this project's AWS resources: neither shown as changes nor removed"),
  domain: group({
    host: host().describe("Host name of the product"),
    hostedZoneId: hostedZoneId().describe(
      "Route 53 zone of the host: its record is created there, and DNS-01 challenges replace HTTP-01",
    ),
    records: flag()
      .default(true)
      .describe(
        "Creates the hosts' records in their zones. Set it to false while they belong elsewhere: to the environment that a twin can replace, to a CDN, or to the place a host is moving from (docs/moving-here.md). A record that exists by then stays as it is",
      ),
    others: list(
      group({
        host: host(),
        hostedZoneId: hostedZoneId(),
        serves: oneOf(["redirect", "product"]).default("redirect"),
      }),
      0,
      20,
      "further hosts",
    )
      .default([])
      .describe(
        'Additional host names (apex or www, another domain): `{ host, hostedZoneId?, serves? }`, where `serves` is `"redirect"` to the host above (the default) or `"product"`',
      ),
  }),
  tls: group({
    issuer: oneOf(["letsencrypt", "letsencrypt-staging", "selfsigned"]).describe(
      "Issuer of the certificate; `selfsigned` if the host has no public name",
    ),
    resolvers: preferences(resolver(), 0, 4, "resolvers")
      .default([])
      .describe(
        "Resolvers that check DNS-01 challenges before Let's Encrypt does: `<IPv4 address>:<port>`, or a DNS-over-HTTPS URL whose host name, if it has one, resolves to a public address (with `network.privateEgress`, also to one beyond the VPC). For a VPC with a private zone of the host's name, or one that blocks outgoing DNS: docs/network.md. Default: the zone's own name servers",
      ),
  }),
  access,
  ci: group({
    repository: text(
      /^[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d+\/[\w.-]{1,100}@\d+|\/[\w.-]{1,100})$/,
      'a GitHub repository as its tokens name it: "owner/name", or with ids "owner@1234/name@5678"',
    ).describe(
      "GitHub repository as its tokens name it, `owner/name`, or `owner@<id>/name@<id>` if they include IDs (the default for repositories created since July 2026)",
    ),
    runner: text(
      /^[A-Za-z0-9][\w.-]{0,99}$/,
      'the label of a runner that reaches the Kubernetes API, such as "wbot-prod"',
    ).describe(
      "Label of the runner that plans and deploys; it must reach the Kubernetes API (GitHub's own runners have no fixed addresses)",
    ),
  })
    .optional()
    .describe(
      "CI with GitHub Actions, whose roles `npx wbot bootstrap` creates; its deploy role administers the cluster in addition to access.admins",
    ),
  network,
  loadBalancer,
  cluster,
  nodes,
  redis,
  platform,
  registry: optionalGroup({
    // With the service's name, ECR allows 256 characters.
    namespace: text(
      /^(?=.{1,200}$)[a-z0-9]+([._/-][a-z0-9]+)*$/,
      "an ECR namespace in lower case, of at most 200 characters",
    )
      .optional()
      .describe(
        "Prefix of the repository names, which are unique per account and region: set it if two environments share an account",
      ),
    keepImages: whole(1, 1000, "images")
      .default(50)
      .describe(
        "Number of newest images kept in each repository, in addition to those that an environment runs or last ran",
      ),
    copies: list(region(), 0, 5, "regions")
      .default([])
      .describe(
        "Additional regions to create the same repositories in, for images that are pushed there as well",
      ),
    create: flag()
      .default(true)
      .describe(
        "Creates the repositories. Set it to false if another environment's registry.copies creates them",
      ),
  }),
  ...perService((key) => workload(SERVICES[key])),
  database: optionalGroup({
    ports: list(port(), 1, 5, "ports")
      .default([5432, 6543])
      .describe(
        "Ports of the database outside the VPC; by default, PostgreSQL's and the Supabase pooler's. wbot-ai reaches the internet only on these and on 443: add any other that it needs, such as 587 for SMTP. Removing one cuts off the running pods before they are replaced",
      ),
    connections: whole(1, 10_000, "connections")
      .default(200)
      .describe(
        "Connections that the database or its pooler accepts from this environment: for a small Supabase project, 200 in transaction mode, 15 in session mode",
      ),
    poolSize: whole(1, 100, "connections")
      .default(4)
      .describe(
        "Connections that a pod may open, passed to it as DATABASE_POOL_SIZE. Multiplied by the number of pods during a rollout, it must not exceed database.connections",
      ),
  }),
  alarms: optionalGroup({
    emails: list(z.email({ error: "an e-mail address" }), 0, 10, "e-mail addresses")
      .default([])
      .describe(
        "Who gets mail when an alarm goes off (each must confirm once); with at least one, the product is checked every minute from outside the cluster",
      ),
  }),
  budget: optionalGroup({
    monthlyUsd: whole(1, 1_000_000, "US dollars")
      .optional()
      .describe(
        `Monthly budget (USD): AWS Budgets mails alarms.emails when 80 % or all of it is spent, or when the forecast exceeds it. Reads $0 until the tag \`${BUDGET_TAG}\` is activated for cost allocation in the payer account: docs/cost.md. Default: no budget`,
      ),
  }),
  observability,
  langsmith: optionalGroup({
    enabled: flag()
      .default(false)
      .describe(
        "Sends traces to LangSmith, including users' questions and the answers they get; needs LANGSMITH_API_KEY in the app secret",
      ),
    project: text(/^[\w .-]{1,100}$/, "a project name")
      .optional()
      .describe("LangSmith project. Default: `wbot-<environment>`"),
    endpoint: url(
      /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[\w./~-]*[\w~-])?$/,
      'the URL of LangSmith\'s API, such as "https://langsmith.example.com/api/v1" if you host it yourself',
    )
      .default("https://api.smith.langchain.com")
      .describe(
        "URL of LangSmith's API, which pods may connect to: the default is in the USA, `https://eu.api.smith.langchain.com` in the EU; if you host it yourself, with its path, `/api/v1`",
      ),
  }),
  supabase: group({
    url: url(
      /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
      'the URL of a Supabase project without a path, such as "https://<project>.supabase.co"',
    ).describe(
      "URL of the Supabase project: pods get it as SUPABASE_URL, and pods and pages may connect to it",
    ),
  }),
  traffic,
  streaming,
});

/** The resolved settings of one environment. */
export type Settings = z.output<typeof settings>;
/** The settings in an environment's file: those with a default may be left out. */
export type SettingsInput = z.input<typeof settings>;
export type WorkloadSettings = Settings[ServiceKey];
export type LogSettings = Settings["observability"]["logs"];
export type MetricsSettings = Settings["observability"]["metrics"];
export type ElastiCacheSettings = Extract<Settings["redis"], { kind: "elasticache" }>;

/** GiB of each volume of Prometheus; undefined where it has none. */
export function volumesOfMetrics({
  observability: { metrics },
}: Pick<Settings, "observability">): number | undefined {
  return metrics.kind === "in-cluster" ? metrics.volumeGiB : undefined;
}

/** Services whose metrics are scraped. */
export function scrapedServices({
  observability: { metrics },
}: Pick<Settings, "observability">): readonly ServiceKey[] {
  return metrics.kind === "none" ? [] : metrics.scrape;
}
