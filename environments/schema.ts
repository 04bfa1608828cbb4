import { domainToASCII } from "node:url";
import { z } from "zod";
import { ADD_ON_NAMES } from "./add-ons";
import { BUDGET_TAG } from "./budget";
import { isPrivateCidr, isPublicCidr, overlap, parseCidr, withoutHostBits } from "./cidr";
import { DURATION, seconds } from "./duration";
import {
  admitsProxy,
  answersByProxiesOnly,
  answersHttp,
  CLOUDFLARE,
  CLOUDFRONT,
  CLOUDFRONT_RULES,
  rangesOf,
  RULES_OF_A_GROUP,
} from "./edge-ranges";
import { hostsOf } from "./hosts";
import { VERSIONS } from "./kubernetes-versions";
import { SERVICE_CIDR } from "./names";
import { isArm, sizeOf } from "./instance-types";
import { MEBIBYTES, mebibytes, MILLI_CPU, milliCpu } from "./quantity";
import { podsInRollout } from "./rollout";
import { looksSecret } from "./secret-shapes";
import { perService, SERVICE_KEYS, SERVICES, type Http, type ServiceKey, type ServiceRow } from "./services";
import { refusedVariable } from "./variables";
import { DAILY_WINDOW, WEEKLY_WINDOW, windowTroubles } from "./windows";

/**
 * Every setting of an environment: its unit, its default and what is allowed.
 *
 * A setting's description becomes its row in the README (`npm run settings`); its error text follows "must be" in the
 * message about a bad value.
 */

// Zod would compile the schema into functions, which takes longer than checking a few environments without.
z.config({ jitless: true });

const text = (pattern: RegExp, allowed: string) =>
  z.string({ error: allowed }).regex(pattern, { error: allowed });
const whole = (min: number, max: number, unit: string) => {
  const error = `a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const flag = () => z.boolean({ error: "true or false" });
const quoted = (values: readonly string[]) => values.map((v) => `"${v}"`).join(", ");
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${quoted(values)}` });
const list = <T extends z.ZodType>(item: T, min: number, max: number, what: string) => {
  const error = `a list of ${min} to ${max} ${what}`;
  return z.array(item, { error }).min(min, { error }).max(max, { error });
};
const group = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, { error: "an object of settings" });
/** A group that may be left out as a whole: its members' defaults apply. */
const optionalGroup = <T extends z.core.$ZodLooseShape>(shape: T) => group(shape).prefault({} as never);

const cidr = (allowed: string, holds: (value: string) => boolean) =>
  z.string({ error: allowed }).refine((value) => parseCidr(value) !== undefined && holds(value), {
    error: ({ input }) => {
      const meant = withoutHostBits(String(input));
      const close = meant !== undefined && meant !== input && holds(meant);
      return close ? `${allowed} (did you mean "${meant}"?)` : allowed;
    },
  });

/** Of clients or proxies: everybody is nobody's range. */
const edgeRange = (others: string) =>
  cidr(
    `${others}, or an IPv4 range of /8 or narrower, such as "203.0.113.0/24"`,
    (value) => prefixOf(value) >= 8 && (isPrivateCidr(value) || isPublicCidr(value)),
  );

const prefixOf = (value: string) => parseCidr(value)?.prefix ?? 0;

/** Shorter than DNS allows (253), for the alarms that are named after a host. */
const HOST =
  /^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/;
const host = () => {
  const error = ({ input }: { readonly input?: unknown }) => {
    const meant = domainToASCII(String(input));
    return meant !== input && HOST.test(meant)
      ? `written as "${meant}"`
      : 'a host name in lower case, such as "chat.example.com"';
  };
  return z
    .string({ error })
    .regex(HOST, { error, abort: true })
    .refine((value) => domainToASCII(value) === value, { error });
};

/** Those of the partitions "aws" and "aws-us-gov". */
const REGION =
  "(?:af|ap|ca|eu|il|me|mx|sa|us|us-gov)-(?:central|(?:north|south)?(?:east|west)|north|south)-\\d";
const ZONE = `${REGION}[a-f]`;
const region = () =>
  text(
    new RegExp(`^${REGION}$`),
    'an AWS region such as "us-east-1" (those of AWS China, the European Sovereign Cloud and the isolated partitions are not supported)',
  );

const principal = () =>
  text(
    /^arn:aws[a-z-]*:iam::\d{12}:((role\/(?!aws-service-role\/)|user\/)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}|root)$/,
    'the ARN of one IAM role (an SSO role with its path), such as "arn:aws:iam::111122223333:role/wbot-admin"; EKS accepts no wildcards and no service-linked roles',
  );

/** A subnet that is there already. Its range is needed at synth, for network policies. */
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

/**
 * Those of ElastiCache from the default one on: to add one, add it here.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
 */
const VALKEY_VERSIONS = ["8.0", "8.1", "8.2", "9.0", "9.1"];

const hostedZoneId = () =>
  text(/^Z[A-Z0-9]{5,31}$/, 'the id of a Route 53 hosted zone, such as "Z0123456789ABCDEFGHIJ"').optional();

/** A URL as programs write it back: in lower case, without its scheme's own port or a path of "/". */
const url = (pattern: RegExp, error: string) =>
  z
    .string({ error })
    .regex(pattern, { error, abort: true })
    .refine((value) => URL.canParse(value) && [value, `${value}/`].includes(new URL(value).href), { error });
const ORIGIN =
  'a web origin as browsers send it: scheme, host and port, if not the scheme\'s own, without a path, such as "https://chat.example.com"';
const origin = () => url(/^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, ORIGIN);

const port = () => {
  const error = "a port from 1 to 65535";
  return z.int({ error }).min(1, { error }).max(65535, { error });
};

/** IAM's, the narrowest of the services that get the tags. */
const TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @";
const tag = (what: string, min: number, max: number) =>
  text(
    new RegExp(`^(?! )[\\p{L}\\p{N} _.:/=+@-]{${min},${max}}(?<! )$`, "u"),
    `${what} of ${min} to ${max} characters: ${TAG_CHARACTERS}, and no space around them`,
  );

/** The base address of an OTLP endpoint by HTTP, to which `/v1/logs` or `/v1/traces` is appended. */
const otlpEndpoint = () =>
  text(
    /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?((?!\/v1\/(logs|traces)$)\/[\w.~-]+)*$/,
    'the base URL of an OTLP endpoint (HTTPS), without /v1/logs or /v1/traces, such as "https://otlp.example.com" or "https://otlp.example.com:4318/otlp"',
  );

const duration = (min: string, max: string) => {
  const error = `a duration from "${min}" to "${max}", such as "90s" or "5m"`;
  return z
    .string({ error })
    .refine(
      (value) => DURATION.test(value) && seconds(value) >= seconds(min) && seconds(value) <= seconds(max),
      {
        error,
      },
    );
};

/** Limits per client address, counted by each Traefik pod separately. */
const limits = (defaults: { requestsPerSecond: number; burst: number; inFlight: number }) => ({
  requestsPerSecond: whole(1, 10_000, "requests per second")
    .default(defaults.requestsPerSecond)
    .describe("Mean rate per client address and Traefik pod"),
  burst: whole(1, 100_000, "requests")
    .default(defaults.burst)
    .describe("Requests allowed in a burst above that rate"),
  inFlight: whole(1, 10_000, "requests")
    .default(defaults.inFlight)
    .describe("Concurrent requests, open streams included, per client address and Traefik pod"),
});
const maxBody = () => ({
  maxBodyMiB: whole(1, 1024, "MiB")
    .default(10)
    .describe("Largest request body; larger ones are refused without being buffered (MiB)"),
});

/** Directives of a content security policy that take sources. */
const CSP_DIRECTIVES = [
  "connect-src",
  "font-src",
  "form-action",
  "frame-ancestors",
  "frame-src",
  "img-src",
  "media-src",
  "script-src",
  "style-src",
  "worker-src",
] as const;
const cspSource = () =>
  text(
    /^((https|wss):\/\/(\*\.)?[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[\w./-]*)?|'[\w=+/-]+'|data:|blob:)$/,
    'a source of a content security policy, such as "https://cdn.example.com" or "\'unsafe-eval\'"',
  );

/**
 * Days that CloudWatch Logs accepts as a retention.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
const retention = () =>
  z
    .int({ error: `a number of days, one of ${RETENTION_DAYS.join(", ")}` })
    .refine((days) => (RETENTION_DAYS as readonly number[]).includes(days), {
      error: `a number of days, one of ${RETENTION_DAYS.join(", ")}`,
    });

const cpu = () => text(MILLI_CPU, 'CPU in cores or millicores, such as "2" or "500m"');
const memory = () => text(MEBIBYTES, 'memory in Mi or Gi, such as "512Mi"');

const A_WINDOW = "a window of 60 minutes to 24 hours";

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET =
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(\.\.|\.-|-\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$))(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const KEY_ID = "([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})";
const KEY_ALIAS = "alias/[\\w/-]{1,250}";
const KMS_KEY = new RegExp(
  `^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:(key/${KEY_ID}|${KEY_ALIAS})|${KEY_ALIAS}|${KEY_ID})$`,
);

const nodeGroup = (about: string, defaults: { max: number }) =>
  group({
    instanceTypes: list(
      text(/^[a-z][a-z0-9-]*\.[a-z0-9]+(-[a-z0-9]+)?$/, 'an EC2 instance type such as "t4g.large"'),
      1,
      20,
      "EC2 instance types",
    ).describe(
      "EC2 instance types of the same size (the autoscaler assumes that a group's nodes are identical); any that the region offers",
    ),
    min: whole(0, 100, "nodes").default(0).describe("Minimum number of nodes"),
    max: whole(1, 100, "nodes").default(defaults.max).describe("Maximum number of nodes"),
    diskGiB: whole(20, 1000, "GiB").default(20).describe("Data volume of each node, gp3, encrypted (GiB)"),
  }).describe(about);

/** Settings of a service that serves HTTP. */
const answering = ({ probe }: Http) => ({
  healthPath: text(/^\/[\w./~-]*$/, 'a path, such as "/health"')
    .default(probe.path)
    .describe(
      "Path of the liveness and readiness probes: the service must answer it on its own, without a page, the database or another service (docs/images.md)",
    ),
  startup: duration("30s", "10m")
    .default("5m")
    .describe("How long a pod may take to answer for the first time; liveness probes start only then"),
});

const scraped = () =>
  list(oneOf(SERVICE_KEYS as [ServiceKey, ...ServiceKey[]]), 0, SERVICE_KEYS.length, "services")
    .default([])
    .describe("Services that export metrics at /metrics: see docs/observability.md");

/**
 * A host, which may have a port, and path components.
 *
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
const IMAGE_REPOSITORY =
  /^(?=.{1,255}$)([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

const workload = ({ name, about, http, ...defaults }: ServiceRow) =>
  optionalGroup({
    // A worker has none of these: only what has the row's `http` reads them.
    ...((http ? answering(http) : {}) as ReturnType<typeof answering>),
    image: optionalGroup({
      repository: text(
        IMAGE_REPOSITORY,
        'an image repository in lower case, without scheme, tag and digest, such as "ghcr.io/acme/wbot-ai"',
      )
        .optional()
        .describe(`Image repository. Default: this environment's own ECR repository \`${name}\``),
      tag: text(
        /^(?!latest$)[\w][\w.-]{0,127}$/,
        'an image tag other than "latest", preferably the commit it was built from',
      )
        .optional()
        .describe(
          "Image tag; never `latest`, which doesn't say what is running. Default: keep the running image; `npx wbot deploy --image-tag` sets another",
        ),
      digest: text(/^sha256:[0-9a-f]{64}$/, 'an image digest, "sha256:" and 64 hexadecimal digits')
        .optional()
        .describe("Image digest; overrides the tag"),
    }).describe("The image to run: a tag, a digest, or both; with neither, keep the running image"),
    replicas: optionalGroup({
      min: whole(1, 100, "pods").default(2).describe("Minimum number of pods"),
      max: whole(1, 100, "pods").default(10).describe("Maximum number of pods"),
    }).describe("Bounds of the autoscaler, which chooses the number of pods"),
    targetCpuPercent: whole(10, 95, "percent of the requested CPU")
      .default(70)
      .describe("CPU utilization that the autoscaler aims for, in percent of the request"),
    targetMemoryPercent: whole(10, 95, "percent of the requested memory")
      .optional()
      .describe(
        "Memory utilization that the autoscaler also aims for, in percent of the request. Default: memory is ignored",
      ),
    cpu: optionalGroup({
      request: cpu().default(defaults.cpu.request).describe("CPU reserved for a pod"),
      limit: cpu().default(defaults.cpu.limit).describe("CPU a pod may use"),
    }),
    memory: optionalGroup({
      request: memory().default(defaults.memory.request).describe("Memory reserved for a pod"),
      limit: memory().default(defaults.memory.limit).describe("Memory at which a pod is killed"),
      tmp: memory()
        .default(defaults.memory.tmp)
        .describe(
          "Size of /tmp, the only writable path. It is memory and counts as such: when it is full, writes fail, but the pod survives",
        ),
    }),
    capacity: oneOf(["on-demand", "prefer-spot", "any"])
      .default("on-demand")
      .describe("Nodes it may run on: on-demand only, spot if there is room, or any"),
    command: list(
      z.string({ error: "text" }).refine((word) => !looksSecret(word), {
        error: "without secrets, which everyone who may read a Deployment would see",
      }),
      1,
      20,
      "words",
    )
      .optional()
      .describe("Command that the container runs, as a list of words. Default: the image's own"),
    variables: z
      .record(text(/^[A-Z][A-Z0-9_]*$/, "a name in upper case"), z.string({ error: "text" }), {
        error: "an object of names and strings",
      })
      .default({})
      .superRefine((variables, context) => {
        for (const [name, value] of Object.entries(variables)) {
          const message = refusedVariable(name, value);
          if (message !== undefined) context.addIssue({ code: "custom", message, path: [name] });
        }
      })
      .describe(
        "Additional environment variables: no secrets, and none that the project or another setting sets, except those in environments/services.ts other than HOST",
      ),
  }).describe(`${name}, ${about}`);

export const settings = group({
  tier: oneOf(["development", "staging", "production"]).describe(
    "What is at stake: production must survive the loss of a zone, development may be small",
  ),
  region: region().default("us-east-1").describe("AWS region"),
  account: text(/^\d{12}$/, "an AWS account number of 12 digits, as a string")
    .optional()
    .describe("AWS account; if set, credentials of any other account are refused"),
  zones: list(text(new RegExp(`^${ZONE}$`), 'an availability zone such as "us-east-1a"'), 2, 3, "zones")
    // One order, so that another in the file changes nothing.
    .overwrite((zones) => [...zones].sort())
    .describe(
      "Availability zones of the region, in any order (3; development needs only 2). They can't change while the cluster exists: EKS refuses a different set. EKS has no control plane in use1-az3, usw1-az2 and cac1-az3: `aws ec2 describe-availability-zones` shows their names in your account",
    ),
  protection: flag().default(false).describe("Fails any plan that would destroy something unrecoverable"),
  state: z
    .discriminatedUnion(
      "kind",
      [
        group({ kind: z.literal("local") }),
        group({
          kind: z.literal("s3"),
          bucket: text(BUCKET, "the name of an S3 bucket").describe("State bucket"),
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
    endpoint: text(
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
    .describe("Additional tags for every AWS resource"),
  ignoreTags: z
    .strictObject({
      keys: z.array(z.string().min(1)).default([]).describe("Exact keys, such as CostCenter"),
      prefixes: z.array(z.string().min(1)).default([]).describe("Key prefixes, such as org:"),
    })
    .default({ keys: [], prefixes: [] })
    .describe("Tags that others put on this project's AWS resources: neither shown as changes nor removed"),
  domain: group({
    host: host().describe("Host name of the product"),
    hostedZoneId: hostedZoneId().describe(
      "Route 53 zone of the host: its record is created there, and DNS-01 challenges replace HTTP-01",
    ),
    records: flag()
      .default(true)
      .describe(
        "Creates the hosts' records in their zones. False while they belong elsewhere: to the environment that a twin can replace, to a CDN, or to the place a host is moving from (docs/moving-here.md)",
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
    email: z
      .email({ error: "an e-mail address" })
      .optional()
      .describe("Where Let's Encrypt sends mail; required unless selfsigned"),
  }),
  access: group({
    admins: list(principal(), 1, 20, "IAM ARNs").describe(
      "IAM roles that administer the cluster; must include the role that deploys",
    ),
    viewers: list(principal(), 0, 50, "IAM ARNs")
      .default([])
      .describe("IAM roles with read access to the cluster, including pod logs but not Secrets"),
    publicCidrs: list(
      cidr(
        'an IPv4 range of your own, /16 or narrower, such as "203.0.113.0/24"',
        (value) => prefixOf(value) >= 16 && isPublicCidr(value),
      ),
      0,
      40,
      "IPv4 ranges",
    )
      .default([])
      .describe(
        "Public address ranges that may reach the Kubernetes API; if empty, the API has no public address, and access.privateCidrs or access.securityGroups says who reaches it",
      ),
    privateCidrs: list(
      cidr('a private IPv4 range, such as "10.20.0.0/16"', isPrivateCidr),
      0,
      40,
      "private IPv4 ranges",
    )
      .default([])
      .describe("Private ranges (VPN or peered network) that may reach the Kubernetes API's private address"),
    securityGroups: list(
      text(/^sg-[0-9a-f]{8,17}$/, 'the id of a security group such as "sg-0123456789abcdef0"'),
      0,
      20,
      "security groups",
    )
      .default([])
      .describe(
        "Security groups (of a runner or bastion, in the VPC or in a peered one) that may reach the Kubernetes API's private address",
      ),
  }),
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
  network: optionalGroup({
    cidr: cidr('a private IPv4 range of /16 to /20, such as "10.0.0.0/16"', (value) => {
      return isPrivateCidr(value) && prefixOf(value) >= 16 && prefixOf(value) <= 20;
    })
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
          text(new RegExp(`^${ZONE}$`), "availability zones as keys"),
          group({ public: subnet().optional(), private: subnet(), cache: subnet().optional() }),
          { error: "an object of zones and their subnets" },
        )
        .describe(
          "Its subnets by zone, each `{ id, cidr }`: `private` for nodes and pods, with a route out; `public` for the load balancer, unless it is internal; `cache` for Redis and interface endpoints (default: the private one)",
        ),
    })
      .optional()
      .describe("An existing network"),
    endpoints: list(oneOf(ENDPOINT_SERVICES), 0, ENDPOINT_SERVICES.length, "services of AWS")
      .default([])
      .describe(
        `AWS services that are called through an interface endpoint in the VPC instead of over the internet, $7 a month per endpoint and zone: ${ENDPOINT_SERVICES.map((each) => `\`${each}\``).join(", ")}. Without a route to the internet: docs/network.md`,
      ),
    privateEgress: flag()
      .default(false)
      .describe(
        "Lets pods with internet access also reach private networks beyond the VPC (RFC 1918, 100.64.0.0/10), such as a database over peering",
      ),
    flowLogRetentionDays: retention().default(30).describe("Retention of the VPC flow logs (days)"),
  }),
  loadBalancer: optionalGroup({
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
  }).describe("Who can reach the product: docs/traffic.md"),
  cluster: optionalGroup({
    version: z
      .enum(VERSIONS, {
        error: `one of ${quoted(VERSIONS)} (another minor version needs a row in environments/kubernetes-versions.ts)`,
      })
      .default("1.36")
      .describe("Kubernetes version, raised one minor version at a time"),
    addOns: z
      .partialRecord(
        z.enum(ADD_ON_NAMES),
        text(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'a version of the add-on such as "v1.21.1-eksbuild.1"'),
        { error: `an object of versions by add-on (${ADD_ON_NAMES.join(", ")})` },
      )
      .default({})
      .describe(
        "Versions of EKS add-ons by name. Default: EKS's default when an add-on is created, unchanged from then on; `npx wbot preflight` says which to set when you raise the Kubernetes version",
      ),
    logs: list(
      oneOf(["api", "audit", "authenticator", "controllerManager", "scheduler"]),
      0,
      5,
      "control-plane logs",
    )
      .default(["api", "audit", "authenticator", "controllerManager", "scheduler"])
      .describe("Control-plane logs to keep"),
    logRetentionDays: retention().default(90).describe("Retention of the control-plane logs (days)"),
  }),
  nodes: group({
    architecture: oneOf(["arm64", "x86_64"])
      .default("arm64")
      .describe("CPU architecture of all nodes, and so of all images; arm64 costs a fifth less"),
    ssm: flag()
      .default(false)
      .describe(
        "Lets Systems Manager open sessions on the nodes, for anyone with `ssm:StartSession`: docs/private-api.md",
      ),
    release: text(
      /^\d+\.\d+\.\d+-[0-9a-f]{8}$/,
      'a Bottlerocket release with its commit, such as "1.49.0-713f44ce"',
    )
      .optional()
      .describe(
        "Bottlerocket release: a newer one replaces the nodes, draining the old ones. Default: the newest when a group is created or the Kubernetes version changes; `npx wbot preflight` says which is the newest",
      ),
    // Room for the defaults of the workloads while a release rolls out: see capacity.ts.
    onDemand: nodeGroup("The group that everything must fit on", { max: 15 }),
    spot: nodeGroup("The spot group, whose nodes AWS may reclaim with 2 minutes' notice", { max: 6 }),
  }),
  redis: z
    .discriminatedUnion(
      "kind",
      [
        group({
          kind: z.literal("elasticache"),
          engine: oneOf(["valkey", "redis"])
            .default("valkey")
            .describe("Valkey is a fifth cheaper and uses the same protocol"),
          version: text(/^\d+\.\d+$/, 'an engine version such as "8.0"')
            .optional()
            .describe("Engine version. Default: 8.0 (valkey), 7.1 (redis)"),
          nodeType: text(
            /^cache\.(?!r6gd\.)[cmrt]\d[a-z]*\.(micro|small|medium|large|\d*xlarge)$/,
            'an ElastiCache node type such as "cache.t4g.small" (data tiering, of r6gd, is not supported)',
          ).describe("ElastiCache node type"),
          replicas: whole(0, 5, "replicas")
            .default(0)
            .describe("Replicas; one or more enable Multi-AZ failover"),
          snapshotRetentionDays: whole(0, 35, "days")
            .default(1)
            .describe("Retention of daily snapshots (days); 0 for none"),
          snapshotWindow: text(DAILY_WINDOW, 'a daily UTC window such as "03:00-04:00"')
            .default("03:00-04:00")
            .describe("When snapshots are taken (UTC)"),
          maintenanceWindow: text(WEEKLY_WINDOW, 'a weekly UTC window such as "sun:05:00-sun:06:00"')
            .default("sun:05:00-sun:06:00")
            .describe("When AWS may apply patches (UTC)"),
          finalSnapshot: flag()
            .default(false)
            .describe("Takes a final snapshot on destroy, which stays and is billed"),
          logRetentionDays: retention().default(30).describe("Retention of the slow log (days)"),
          // Automatic snapshots, named "automatic.…", are deleted with their Redis, which a restore replaces.
          restoreFrom: text(
            /^[a-z](-?[a-z0-9])*$/,
            "the name of a snapshot taken by hand in the same region; copy an automatic one first, since it would be deleted with its Redis (aws elasticache copy-snapshot)",
          )
            .optional()
            .describe(
              "Snapshot to create Redis from. Setting it replaces an existing Redis; removing it changes nothing: docs/recovery.md",
            ),
          passwordRotation: whole(0, 1_000_000, "steps")
            .default(0)
            .describe("Raise by one and deploy, twice, to change the password without downtime"),
        }),
        group({
          kind: z.literal("in-cluster"),
          storageGiB: whole(1, 100, "GiB").default(1).describe("Volume of the in-cluster Redis (GiB)"),
          passwordRotation: whole(0, 1_000_000, "steps")
            .default(0)
            .describe("Raise by one and deploy for a new password"),
        }),
      ],
      { error: 'kind "elasticache", or in development kind "in-cluster"' },
    )
    .describe("The embedding cache: ElastiCache, or in development one pod in the cluster"),
  platform: optionalGroup({
    replicas: whole(1, 3, "pods").default(2).describe("Pods of each controller"),
    traefikReplicas: whole(1, 20, "pods").default(2).describe("Pods of the ingress controller"),
    capacity: oneOf(["on-demand", "any"])
      .default("on-demand")
      .describe("Nodes that controllers may run on (Traefik: always on-demand)"),
  }),
  registry: optionalGroup({
    namespace: text(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "an ECR namespace in lower case")
      .optional()
      .describe(
        "Prefix of the repository names, which are unique per account and region: set it if two environments share an account",
      ),
    keepImages: whole(1, 1000, "images")
      .default(50)
      .describe(
        "Number of newest images kept in each repository, besides those that an environment runs or last ran",
      ),
    copies: list(region(), 0, 5, "regions")
      .default([])
      .describe(
        "Additional regions to create the same repositories in, for images that are pushed there as well",
      ),
    create: flag()
      .default(true)
      .describe("Creates the repositories. False if another environment's registry.copies creates them"),
  }),
  ...perService((key) => workload(SERVICES[key])),
  database: optionalGroup({
    ports: list(port(), 1, 5, "ports")
      .default([5432, 6543])
      .describe("Ports of the database outside the cluster: PostgreSQL's and the Supabase pooler's"),
    connections: whole(1, 10_000, "connections")
      .default(200)
      .describe(
        "Connections that the database or its pooler accepts from this environment: for a small Supabase project, 200 in transaction mode, 15 in session mode",
      ),
    poolSize: whole(1, 100, "connections")
      .default(4)
      .describe(
        "Connections that a pod may open, passed to it as DATABASE_POOL_SIZE; multiplied by all pods during a rollout, at most database.connections",
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
        `Monthly budget (USD): AWS Budgets mails alarms.emails when 80 % or all of it is spent, or all is forecast to be. Reads $0 until the tag \`${BUDGET_TAG}\` is activated for cost allocation in the payer account: docs/cost.md. Default: no budget`,
      ),
  }),
  observability: optionalGroup({
    metrics: z
      .discriminatedUnion(
        "kind",
        [
          group({ kind: z.literal("none") }),
          group({
            kind: z.literal("in-cluster"),
            replicas: whole(1, 2, "pods")
              .default(1)
              .describe("Prometheus pods, each with all metrics; the second is in another zone"),
            retentionDays: whole(1, 90, "days").default(3).describe("Retention of metrics (days)"),
            volumeGiB: whole(5, 1000, "GiB")
              .optional()
              .describe(
                "Volume of each Prometheus, gp3, encrypted, deleted with it (GiB). Default: none; metrics are lost with the pod",
              ),
            scrape: scraped(),
          }),
          group({
            kind: z.literal("remote-write"),
            url: text(
              /^https:\/\/[a-z0-9][a-z0-9.-]*(:\d{1,5})?\/[\w./~%-]*$/,
              'an https URL of a remote-write endpoint, such as "https://prometheus.example.com/api/v1/write"',
            ).describe(
              "Where metrics are stored. Amazon Managed Prometheus authenticates with IAM, any other endpoint with METRICS_PASSWORD from the app secret",
            ),
            username: text(/^[\x21-\x7e]{1,200}$/, "one word")
              .optional()
              .describe("User name for that endpoint. Default: METRICS_PASSWORD is a bearer token"),
            scrape: scraped(),
          }),
        ],
        { error: 'kind "none", "in-cluster", or "remote-write" with a url' },
      )
      .default({ kind: "none" })
      .describe(
        "Metrics, alerts and dashboards: none; Prometheus, Alertmanager and Grafana in the cluster; or the same without Grafana, with metrics stored elsewhere",
      ),
    logs: z
      .discriminatedUnion(
        "kind",
        [
          group({ kind: z.literal("none") }),
          group({
            kind: z.literal("cloudwatch"),
            retentionDays: retention().default(30).describe("Retention of the pods' logs (days)"),
          }),
          group({
            kind: z.literal("loki"),
            retentionDays: whole(1, 3650, "days")
              .default(30)
              .describe("Retention of the pods' logs in Loki's bucket (days)"),
          }),
          group({
            kind: z.literal("otlp"),
            endpoint: otlpEndpoint().describe(
              "Base URL of the vendor's OTLP endpoint (HTTPS); `/v1/logs` is appended",
            ),
            header: text(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'the name of an HTTP header, such as "api-key"')
              .default("Authorization")
              .describe("Header that carries OTLP_LOGS_KEY, a key of the app secret"),
          }),
        ],
        { error: 'kind "none", "cloudwatch", "loki", or "otlp" with an endpoint' },
      )
      .default({ kind: "none" })
      .describe(
        "Where the pods' logs are sent: nowhere (`kubectl logs` shows what the nodes still have), CloudWatch, a Loki in the cluster on S3, or a vendor's OTLP endpoint",
      ),
    traces: z
      .discriminatedUnion(
        "kind",
        [
          group({ kind: z.literal("none") }),
          group({
            kind: z.literal("otlp"),
            endpoint: otlpEndpoint().describe(
              "Base URL of the vendor's OTLP endpoint (HTTPS); SDKs append `/v1/traces`. Needs OTEL_EXPORTER_OTLP_HEADERS in the app secret",
            ),
            samplePercent: z
              .number({ error: "a number of percent above 0 and up to 100" })
              .gt(0, { error: "a number of percent above 0 and up to 100" })
              .max(100, { error: "a number of percent above 0 and up to 100" })
              .default(100)
              .describe("Share of requests that are traced (percent), unless the caller has already decided"),
          }),
        ],
        { error: 'kind "none", or "otlp" with an endpoint' },
      )
      .default({ kind: "none" })
      .describe("Where the backend sends its OpenTelemetry traces, in addition to LangSmith"),
  }),
  langsmith: optionalGroup({
    enabled: flag()
      .default(false)
      .describe("Sends traces to LangSmith; needs LANGSMITH_API_KEY in the app secret"),
    project: text(/^[\w .-]{1,100}$/, "a project name")
      .optional()
      .describe("LangSmith project. Default: `wbot-<environment>`"),
    endpoint: url(
      /^https?:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[\w./~-]*[\w~-])?$/,
      'the URL of LangSmith\'s API, such as "https://langsmith.example.com/api/v1" if you host it yourself',
    )
      .default("https://api.smith.langchain.com")
      .describe(
        "URL of LangSmith's API, which pods may connect to; if you host it yourself, with its path, `/api/v1`",
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
  traffic: optionalGroup({
    api: optionalGroup({
      ...limits({ requestsPerSecond: 50, burst: 300, inFlight: 200 }),
      sessionInFlight: whole(1, 10_000, "requests")
        .default(20)
        .describe(
          "Concurrent requests, open streams included, per session (Authorization header, else Supabase's cookie) and Traefik pod",
        ),
      ...maxBody(),
    }).describe("Limits of /api and /health"),
    pages: optionalGroup({
      ...limits({ requestsPerSecond: 50, burst: 1000, inFlight: 500 }),
      ...maxBody(),
    }).describe("Limits of the pages"),
    files: optionalGroup({
      paths: list(text(/^\/[\w.~-]+(\/[\w.~-]+)*$/, 'a path such as "/assets"'), 0, 10, "paths")
        .default(["/assets"])
        .describe(
          "Paths of static files, which need no rendering: they have these limits, and are compressed",
        ),
      ...limits({ requestsPerSecond: 500, burst: 4000, inFlight: 1000 }),
    }).describe("Limits of static files, many of which are loaded at once"),
    trustedProxies: list(
      z.union([z.enum([CLOUDFRONT, CLOUDFLARE]), edgeRange(`"${CLOUDFRONT}", "${CLOUDFLARE}"`)], {
        error: `"${CLOUDFRONT}", "${CLOUDFLARE}", or an IPv4 range of /8 or narrower, such as "203.0.113.0/24"`,
      }),
      0,
      50,
      "proxies",
    )
      .default([])
      .describe(
        `Trusted proxies in front of the load balancer, such as a CDN, whose \`X-Forwarded-For\` names the client; everyone else's is ignored: IPv4 ranges, \`"${CLOUDFRONT}"\` or \`"${CLOUDFLARE}"\``,
      ),
    maxHeaderKiB: whole(4, 1024, "KiB")
      .default(64)
      .describe("Largest request headers (KiB); pods are configured to accept as much"),
    bodyTime: duration("60s", "60m")
      .optional()
      .describe(
        "How long a request may take to arrive, such as a recording streamed while it is spoken. Default: the time that the largest body takes at 384 kbit/s",
      ),
    cors: optionalGroup({
      origins: list(
        z.union([z.literal("*"), origin()], {
          error: `${ORIGIN}, or "*"`,
        }),
        0,
        50,
        "origins",
      )
        .optional()
        .describe("Origins that browsers may call /api from. Default: the product's own"),
      credentials: flag()
        .default(true)
        .describe("Whether browsers may send cookies and credentials with these requests"),
    }).describe("Cross-origin requests to /api"),
    hsts: flag().default(true).describe("Makes browsers use only HTTPS, for a year"),
    permissionsPolicy: text(
      /^([a-z-]+=(\*|\((self|"https:\/\/[\w.*-]+"|\s)*\))(, )?)*$/,
      'a Permissions-Policy such as "camera=(), microphone=(self)", or "" for none',
    )
      .default("camera=(), geolocation=(), microphone=()")
      .describe(
        "Permissions-Policy header: what pages may ask the browser for, such as microphone=(self) for speech; if empty, the header that a page itself sends",
      ),
    contentSecurityPolicy: optionalGroup({
      enabled: flag()
        .default(true)
        .describe("Sends the policy; false if the pages send their own, such as one with nonces"),
      inlineScripts: flag()
        .default(true)
        .describe("Allows inline scripts, which TanStack Start renders into its pages"),
      extend: z
        .partialRecord(z.enum(CSP_DIRECTIVES), list(cspSource(), 1, 50, "sources"), {
          error: `an object of directives (${CSP_DIRECTIVES.join(", ")}) and lists of sources`,
        })
        .default({})
        .describe("Additional sources by directive, such as those of a font or analytics provider"),
      reportOnly: flag()
        .default(false)
        .describe("Browsers report violations of the policy, but block nothing"),
    }).describe("What the pages may load and connect to; includes Supabase and LangSmith"),
    maintenance: optionalGroup({
      enabled: flag()
        .default(false)
        .describe("Answers 503 to everything except /health, in Traefik, without any pod of the product"),
      retryAfter: duration("1s", "24h").default("10m").describe("Retry-After sent to clients"),
      message: z
        .string({ error: "text" })
        .min(1, { error: "text" })
        .max(500, { error: "text of at most 500 characters" })
        .default("We are making wbot better and will be back soon.")
        .describe("Text of the maintenance page"),
    }).describe("A page for when the product must not be used"),
  }),
  streaming: optionalGroup({
    maxDuration: duration("60s", "60m").default("60m").describe("How long an idle stream is kept open"),
    drain: duration("30s", "12m")
      .default("5m")
      .describe(
        "How long streams may take to finish when their pod or node is removed; a managed node update waits 15 minutes in total",
      ),
    heartbeat: duration("1s", "60s")
      .default("15s")
      .describe("How often the backend sends a keep-alive comment on an idle stream"),
    checkPath: text(/^\/api\/[\w./~?=&%-]*$/, 'a path below "/api/", such as "/api/stream/check"')
      .optional()
      .describe(
        "Path that answers a GET with a short event stream, checked after each deploy and, with alarms.emails, every minute: it must be free to call. Default: not checked",
      ),
  }),
});

/** The resolved settings of one environment. */
export type Settings = z.output<typeof settings>;
/** The settings in an environment's file: those with a default may be left out. */
export type SettingsInput = z.input<typeof settings>;
export type WorkloadSettings = Settings[ServiceKey];
export type NodeGroupSettings = Settings["nodes"]["onDemand"];
export type LogSettings = Settings["observability"]["logs"];
export type MetricsSettings = Settings["observability"]["metrics"];
export type ElastiCacheSettings = Extract<Settings["redis"], { kind: "elasticache" }>;

/** Account of every emulator: no AWS account has this number, so a rehearsal can't touch one. */
export const EMULATED_ACCOUNT = "000000000000";

/** How much of the 2 minutes' notice a spot pod has left for its streams. */
const SPOT_DRAIN_SECONDS = 90;

/** IAM Identity Center's roles; outside us-east-1 their path has its region. */
const SSO_ROLE = new RegExp(`:role/aws-reserved/sso\\.amazonaws\\.com/(${REGION}/)?AWSReservedSSO_`);

/** Tags that each resource has from this project. */
const OWN_TAGS = ["Project", "Environment", "ManagedBy", "Stack", "Name"];

export interface Contradiction {
  readonly path: string;
  readonly allowed: string;
}

/** What no single setting's schema can check: settings that contradict one another. */
export function contradictions(s: Settings): Contradiction[] {
  const found: Contradiction[] = [];
  const must = (holds: boolean, path: string, allowed: string) => {
    if (!holds) found.push({ path, allowed });
  };
  const development = s.tier === "development";
  const production = s.tier === "production";
  const draining = SERVICE_KEYS.filter((key) => SERVICES[key].drains);

  must(
    s.zones.every((zone) => zone.slice(0, -1) === s.region),
    "zones",
    `zones of the region "${s.region}"`,
  );
  must(new Set(s.zones).size === s.zones.length, "zones", "distinct zones");
  must(
    development || s.zones.length === 3,
    "zones",
    `three zones (tier "${s.tier}" must survive the loss of one)`,
  );
  must(
    !production || s.network.nat === "per-zone" || s.network.existing !== undefined,
    "network.nat",
    '"per-zone" (tier "production" must survive the loss of a zone)',
  );
  must(
    !overlap(s.network.existing?.cidr ?? s.network.cidr, SERVICE_CIDR),
    s.network.existing === undefined ? "network.cidr" : "network.existing.cidr",
    `a range that doesn't overlap the cluster's Service range (${SERVICE_CIDR})`,
  );
  must(
    s.network.nat !== "none" || prefixOf(s.network.cidr) <= 18,
    "network.cidr",
    '/18 or wider with network.nat "none": nodes and pods are then in the small public subnets',
  );
  must(
    development || s.network.nat !== "none",
    "network.nat",
    '"single" or "per-zone" outside tier "development"',
  );
  must(
    new Set(s.network.endpoints).size === s.network.endpoints.length,
    "network.endpoints",
    "distinct services",
  );
  const { existing } = s.network;
  if (existing !== undefined) {
    must(
      s.network.nat !== "none",
      "network.nat",
      "omitted with network.existing, whose routes belong to its owner",
    );
    must(
      Object.keys(existing.subnets).sort().join() === s.zones.join(),
      "network.existing.subnets",
      `exactly one entry per zone (${s.zones.join(", ")})`,
    );
    const tiers = Object.values(existing.subnets);
    must(
      s.loadBalancer.internal || tiers.every((tier) => tier.public !== undefined),
      "network.existing.subnets",
      "given a public one in each zone, unless loadBalancer.internal is true",
    );
    const all = tiers.flatMap((tier) =>
      [tier.public, tier.private, tier.cache].flatMap((each) => each ?? []),
    );
    must(
      new Set(all.map(({ id }) => id)).size === all.length &&
        all.every((one, at) => all.slice(at + 1).every((other) => !overlap(one.cidr, other.cidr))),
      "network.existing.subnets",
      "distinct subnets whose ranges don't overlap (omit cache where it is the private one)",
    );
    must(
      all.every((each) => !overlap(each.cidr, SERVICE_CIDR)),
      "network.existing.subnets",
      `ranges that don't overlap the cluster's Service range (${SERVICE_CIDR})`,
    );
  }
  for (const key of ["admins", "viewers"] as const) {
    const arns = s.access[key];
    must(
      arns.every((arn) => arn.split(":")[1] === partitionOf(s.region)),
      `access.${key}`,
      `ARNs of the partition "${partitionOf(s.region)}", which ${s.region} is in`,
    );
    must(new Set(arns).size === arns.length, `access.${key}`, "distinct ARNs");
    must(
      arns.every((arn) => !/\/AWSReservedSSO_[^/]*$/.test(arn) || SSO_ROLE.test(arn)),
      `access.${key}`,
      "ARNs with their paths, without which EKS finds no SSO role: role/aws-reserved/sso.amazonaws.com/… (aws iam get-role --role-name <name>)",
    );
  }
  must(
    !s.access.viewers.some((arn) => s.access.admins.includes(arn)),
    "access.viewers",
    "different from access.admins, who can read everything anyway: EKS allows one access entry per principal",
  );
  must(
    s.account === undefined || s.access.admins.every((arn) => arn.split(":")[4] === s.account),
    "access.admins",
    `ARNs of the account ${s.account ?? ""}`,
  );
  must(
    s.access.publicCidrs.length + s.access.privateCidrs.length + s.access.securityGroups.length > 0,
    "access.publicCidrs",
    "at least one range, unless access.privateCidrs or access.securityGroups says who reaches the Kubernetes API privately: nobody else can",
  );
  const tags = Object.keys(s.tags).map((key) => key.toLowerCase());
  const own = OWN_TAGS.find((key) => tags.includes(key.toLowerCase()));
  must(own === undefined, "tags", `without ${own ?? ""}, in any case: this project sets it`);
  must(
    new Set(tags).size === tags.length,
    "tags",
    "keys that differ in more than their case, which IAM ignores",
  );
  must(
    s.emulator === undefined || (s.account === EMULATED_ACCOUNT && development),
    "emulator",
    `omitted, unless account is "${EMULATED_ACCOUNT}" and tier is "development"`,
  );
  must(
    s.ci === undefined || s.account !== undefined,
    "account",
    "set if ci is set, since the roles' ARNs contain it",
  );
  must(
    s.ci === undefined || s.state.kind === "s3",
    "state.kind",
    '"s3" if ci is set: runners keep no files (npx wbot bootstrap)',
  );
  must(
    s.tls.issuer === "selfsigned" || s.tls.email !== undefined,
    "tls.email",
    `an e-mail address (tls.issuer is "${s.tls.issuer}")`,
  );
  must(!production || s.tls.issuer === "letsencrypt", "tls.issuer", '"letsencrypt" in tier "production"');
  must(
    !s.traffic.hsts || s.tls.issuer !== "selfsigned",
    "traffic.hsts",
    'false while tls.issuer is "selfsigned": browsers would reject the certificate for a year',
  );
  must(!production || s.traffic.hsts, "traffic.hsts", 'true in tier "production"');
  const { cors } = s.traffic;
  must(
    !cors.credentials || cors.origins?.includes("*") !== true,
    "traffic.cors.origins",
    'without "*" while traffic.cors.credentials is true: any page could act as the signed-in user',
  );
  const hosts = [s.domain.host, ...s.domain.others.map((other) => other.host)];
  must(
    new Set(hosts).size === hosts.length,
    "domain.others",
    "hosts distinct from one another and from domain.host",
  );

  const allowed = s.loadBalancer;
  for (const key of ["allowedCidrs", "allowedPrefixLists"] as const)
    must(
      new Set<string>(allowed[key]).size === allowed[key].length,
      `loadBalancer.${key}`,
      "distinct entries",
    );
  must(
    // A range once for each port; of a list only AWS knows its size, but for CloudFront's.
    2 * rangesOf(allowed.allowedCidrs).length +
      (allowed.allowedPrefixLists.includes(CLOUDFRONT) ? CLOUDFRONT_RULES : 0) <=
      RULES_OF_A_GROUP,
    "loadBalancer.allowedCidrs",
    `fewer ranges: with two rules each${allowed.allowedPrefixLists.includes(CLOUDFRONT) ? ` beside the ${CLOUDFRONT_RULES} of CloudFront's list` : ""}, they exceed the ${RULES_OF_A_GROUP} of a security group`,
  );
  const { trustedProxies } = s.traffic;
  const networks = [CLOUDFRONT, CLOUDFLARE] as const;
  for (const network of networks)
    must(
      ![...allowed.allowedCidrs, ...allowed.allowedPrefixLists].includes(network) ||
        trustedProxies.includes(network),
      "traffic.trustedProxies",
      `with "${network}", which loadBalancer admits: all who come through it would share the limits of its addresses`,
    );
  must(
    trustedProxies.length === 0 || admitsProxy(s),
    "traffic.trustedProxies",
    "with one that loadBalancer admits (loadBalancer.allowedCidrs, loadBalancer.allowedPrefixLists)",
  );
  // A company's own range may be both: its proxy's, and that of users who go by the record.
  must(
    !s.domain.records ||
      !answersByProxiesOnly(s) ||
      !networks.some((network) => trustedProxies.includes(network)) ||
      hostsWithZone(s).length === 0,
    "domain.records",
    `false while loadBalancer admits the internet by traffic.trustedProxies only: the records of ${hostsWithZone(s).join(", ")} must point there`,
  );
  must(
    s.tls.issuer === "selfsigned" || answersHttp(s) || hostsWithoutZone(s).length === 0,
    "domain.hostedZoneId",
    `set for every host (${hostsWithoutZone(s).join(", ")}) while loadBalancer keeps the internet from port 80: Let's Encrypt could then validate them only over DNS`,
  );

  const { maxDuration, drain, heartbeat } = s.streaming;
  must(
    2 * seconds(heartbeat) <= seconds(maxDuration),
    "streaming.heartbeat",
    `at most half of streaming.maxDuration ("${maxDuration}"), or a single late heartbeat ends the stream`,
  );
  must(
    seconds(heartbeat) < seconds(drain),
    "streaming.heartbeat",
    `shorter than streaming.drain ("${drain}"), so that an idle stream still shows that it is alive`,
  );
  for (const key of draining) {
    const { capacity } = s[key];
    must(
      capacity === "on-demand" || seconds(drain) <= SPOT_DRAIN_SECONDS,
      "streaming.drain",
      `at most "${SPOT_DRAIN_SECONDS}s" while ${key}.capacity is "${capacity}": spot gives a pod 2 minutes to stop`,
    );
  }

  must(
    !production || s.alarms.emails.length > 0,
    "alarms.emails",
    'at least one e-mail address in tier "production"',
  );
  must(new Set(s.alarms.emails).size === s.alarms.emails.length, "alarms.emails", "distinct addresses");

  must(
    s.budget.monthlyUsd === undefined || s.alarms.emails.length > 0,
    "alarms.emails",
    "at least one e-mail address if budget.monthlyUsd is set",
  );
  must(
    s.budget.monthlyUsd === undefined || partitionOf(s.region) === "aws",
    "budget.monthlyUsd",
    "omitted in GovCloud, which is billed through a standard account",
  );

  const { copies } = s.registry;
  must(
    new Set([s.region, ...copies]).size === copies.length + 1,
    "registry.copies",
    `distinct regions other than "${s.region}"`,
  );
  must(
    s.registry.create || copies.length === 0,
    "registry.copies",
    "empty while registry.create is false: the environment that creates the repositories copies them",
  );

  const { metrics } = s.observability;
  must(
    !production ||
      metrics.kind !== "in-cluster" ||
      (metrics.replicas === 2 && metrics.volumeGiB !== undefined),
    "observability.metrics",
    'with replicas 2 and volumeGiB in tier "production", or of another kind: a single pod is lost with its node or zone',
  );
  for (const key of scrapedServices(s))
    must(
      SERVICES[key].http !== undefined,
      "observability.metrics.scrape",
      `without "${key}", which serves no HTTP`,
    );

  if (s.redis.kind === "in-cluster") {
    must(development, "redis.kind", '"elasticache" outside tier "development"');
  } else {
    const { snapshotWindow, maintenanceWindow } = s.redis;
    const troubles = windowTroubles(snapshotWindow, maintenanceWindow);
    must(!troubles.daily, "redis.snapshotWindow", A_WINDOW);
    must(!troubles.weekly, "redis.maintenanceWindow", A_WINDOW);
    must(
      !troubles.overlap,
      "redis.snapshotWindow",
      `a window that does not overlap redis.maintenanceWindow (${maintenanceWindow})`,
    );
    must(development || s.redis.replicas >= 1, "redis.replicas", `at least 1 in tier "${s.tier}"`);
    must(
      s.redis.engine === "valkey" || s.redis.version === undefined || s.redis.version === "7.1",
      "redis.version",
      '"7.1", the last Redis OSS of ElastiCache (or engine "valkey")',
    );
    must(
      s.redis.engine === "redis" ||
        s.redis.version === undefined ||
        VALKEY_VERSIONS.includes(s.redis.version),
      "redis.version",
      `one of ElastiCache's versions of Valkey: ${VALKEY_VERSIONS.map((each) => `"${each}"`).join(", ")}`,
    );
  }
  must(!production || s.platform.replicas >= 2, "platform.replicas", 'at least 2 in tier "production"');
  must(
    !production || s.platform.traefikReplicas >= 2,
    "platform.traefikReplicas",
    'at least 2 in tier "production"',
  );
  must(
    !production || s.platform.capacity === "on-demand",
    "platform.capacity",
    '"on-demand" in tier "production"',
  );
  for (const key of draining)
    must(
      !production || s[key].capacity === "on-demand",
      `${key}.capacity`,
      '"on-demand" in tier "production"',
    );

  for (const key of ["onDemand", "spot"] as const) {
    must(
      s.nodes[key].min <= s.nodes[key].max,
      `nodes.${key}.min`,
      `at most nodes.${key}.max (${s.nodes[key].max})`,
    );
    const fitting = s.nodes[key].instanceTypes.filter(
      (type) => isArm(type) === (s.nodes.architecture === "arm64"),
    );
    must(
      fitting.length === s.nodes[key].instanceTypes.length,
      `nodes.${key}.instanceTypes`,
      `instance types of nodes.architecture "${s.nodes.architecture}"`,
    );
    const sizes = fitting.flatMap((type) => sizeOf(type) ?? []).map(({ cpu, memory }) => `${cpu}/${memory}`);
    must(
      new Set(sizes).size <= 1,
      `nodes.${key}.instanceTypes`,
      "types with the same CPU and memory: the autoscaler assumes that all are like the first one it sees",
    );
  }
  must(
    s.nodes.onDemand.min >= 1,
    "nodes.onDemand.min",
    "1 or more: Traefik never runs on spot, where a reclaimed node would cut its streams",
  );
  must(
    !production || s.nodes.onDemand.min >= s.zones.length,
    "nodes.onDemand.min",
    `${s.zones.length} or more, one node per zone, in tier "production"`,
  );

  const { connections, poolSize } = s.database;
  const clients = SERVICE_KEYS.filter((key) => SERVICES[key].database);
  const pods = clients.reduce((sum, key) => sum + podsInRollout(s[key].replicas.max), 0);
  must(
    poolSize * pods <= connections,
    "database.poolSize",
    `at most ${Math.floor(connections / pods)}, or ${clients.map((key) => `${key}.replicas.max`).join(" and ")} lower: ` +
      `up to ${pods} pods share database.connections (${connections}) during a rollout`,
  );

  for (const key of SERVICE_KEYS) {
    const w = s[key];
    must(
      w.replicas.min <= w.replicas.max,
      `${key}.replicas.min`,
      `at most ${key}.replicas.max (${w.replicas.max})`,
    );
    must(!production || w.replicas.min >= 2, `${key}.replicas.min`, 'at least 2 in tier "production"');
    must(
      milliCpu(w.cpu.request) <= milliCpu(w.cpu.limit),
      `${key}.cpu.request`,
      `at most ${key}.cpu.limit (${w.cpu.limit})`,
    );
    must(
      mebibytes(w.memory.request) <= mebibytes(w.memory.limit),
      `${key}.memory.request`,
      `at most ${key}.memory.limit (${w.memory.limit})`,
    );
    must(
      2 * mebibytes(w.memory.tmp) <= mebibytes(w.memory.limit),
      `${key}.memory.tmp`,
      `at most half of ${key}.memory.limit (${w.memory.limit}), which it is part of`,
    );
  }
  return found;
}

/** Hosts that Let's Encrypt validates over HTTP. */
function hostsWithoutZone(s: Settings): string[] {
  return hostsOf(s).flatMap(({ host, hostedZoneId }) => (hostedZoneId === undefined ? [host] : []));
}

/** Hosts whose records this project creates, unless domain.records is false. */
function hostsWithZone(s: Settings): string[] {
  return hostsOf(s).flatMap(({ host, hostedZoneId }) => (hostedZoneId === undefined ? [] : [host]));
}

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

/** The AWS partition of a region, as in ARNs. */
export function partitionOf(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
