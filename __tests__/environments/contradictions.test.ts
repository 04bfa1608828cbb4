import { EXISTING } from "../existing-network";
import { loadEnvironment, type Overrides } from "../../environments";
import { contradictions } from "../../environments/contradictions";
import { ENDPOINT_SERVICES } from "../../environments/schema-network";
import { CI } from "../constructs/ci/scope";

jest.mock("../../environments/services", () => jest.requireActual("../two-services"));

const ARM = 'instance types of nodes.architecture "arm64"';

const RANGES = Array.from({ length: 40 }, (_, i) => `10.200.${100 + i}.0/24`);
const ENDPOINTS = ENDPOINT_SERVICES.slice(0, 11);

/** As errors quote a long value. */
const shown = (value: readonly string[]) => `${JSON.stringify(value).slice(0, 117)}...`;

const PUBLIC = { cidr: "10.1.0.0/18", nat: "none" };

const STATE = { kind: "s3", bucket: "wbot-state" };
const KEY = "alias/wbot-state";

/** Settings that are each allowed, but not together: environment, overrides, the line that tells it. */
type Case = [string, string, Overrides, string];

const CASES: Case[] = [
  [
    "copies of images in the environment's own region",
    "dev",
    { registry: { copies: ["us-east-1"] } },
    'registry.copies is ["us-east-1"]: it must be distinct regions other than "us-east-1"',
  ],
  [
    "copies of images in a repository that is not its own",
    "dev",
    { registry: { create: false, copies: ["us-west-2"] } },
    'registry.copies is ["us-west-2"]: it must be empty while registry.create is false: the environment that creates the repositories copies them',
  ],
  [
    "copies of images in another partition",
    "dev",
    { registry: { copies: ["us-gov-west-1"] } },
    'registry.copies is ["us-gov-west-1"]: it must be regions of the partition "aws", which us-east-1 is in',
  ],
  ...[
    ["admins", "plan"],
    ["viewers", "deploy"],
  ].map(([key = "", role]): Case => [
    `CI's role among access.${key}`,
    "dev",
    { access: { [key]: [`arn:aws:iam::111122223333:role/wbot-dev-ci-${role}`] } },
    `access.${key} is ["arn:aws:iam::111122223333:role/wbot-dev-ci-${role}"]: it must be a list without CI's roles, which get their access from the setting ci: EKS allows one access entry per principal`,
  ]),
  ...[
    ["admins", "wbot-dev-admin"],
    ["viewers", "wbot-dev-team/viewer"],
  ].map(([key = "", role]): Case => [
    `a role of access.${key} that CI's deploy role could change`,
    "dev",
    { ...CI, access: { [key]: [`arn:aws:iam::111122223333:role/${role}`] } },
    `access.${key} is ["arn:aws:iam::111122223333:role/${role}"]: it must be a list without roles named wbot-dev-… while ci is set: CI's deploy role can change the trust policy of any role so named`,
  ]),
  [
    "more private ranges for the API than its security group has rules",
    "prod",
    {
      access: {
        privateCidrs: RANGES,
        securityGroups: Array.from({ length: 17 }, (_, i) => `sg-0000000${10 + i}`),
      },
    },
    `access.privateCidrs is ${shown(RANGES)}: it must be at most 56 ranges, counting the groups in access.securityGroups: each is a rule of the cluster's security group, which can have 60`,
  ],
  [
    "more interface endpoints than a small VPC's cache subnets have room for",
    "staging",
    { network: { cidr: "10.40.0.0/20", endpoints: ENDPOINTS } },
    `network.endpoints is ${shown(ENDPOINTS)}: it must be at most 10 services, or network.cidr wider than 10.40.0.0/20: each takes an address in every cache subnet, which is a 256th of that range`,
  ],
  ...[
    {
      what: "more nodes than a small VPC has addresses for",
      name: "prod",
      overrides: { network: { cidr: "10.1.0.0/20" }, nodes: { onDemand: { max: 45 } } },
      line: "nodes.onDemand.max is 45: it must be at most 36 on top of nodes.spot.max (6)",
      subnet: "10.1.0.0/23, has 507",
    },
    {
      what: "more nodes than public subnets have addresses for",
      name: "dev",
      overrides: { network: PUBLIC, nodes: { onDemand: { max: 15 }, spot: { max: 6 } } },
      line: "nodes.onDemand.max is 15: it must be at most 8 on top of nodes.spot.max (6)",
      subnet: "10.1.24.0/24, has 243",
    },
    {
      what: "spot nodes that alone take all the addresses",
      name: "dev",
      overrides: { network: PUBLIC, nodes: { spot: { max: 22 } } },
      line: "nodes.spot.max is 22: it must be at most 14 together with nodes.onDemand.max (2)",
      subnet: "10.1.24.0/24, has 243",
    },
  ].map(({ what, name, overrides, line, subnet }): Case => [
    what,
    name,
    overrides,
    `${line}: each zone's subnet, such as ${subnet} addresses, and a node and its pods take 34. network.cidr can be widened only before the first deploy`,
  ]),
  [
    "an API that lets in nobody",
    "prod",
    { access: { publicCidrs: [] } },
    "access.publicCidrs is []: it must be at least one range, unless access.privateCidrs or access.securityGroups is set: otherwise nobody can reach the Kubernetes API",
  ],
  [
    "CloudFront's list beside more ranges than a security group has room for",
    "staging",
    {
      domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ", records: false },
      loadBalancer: {
        allowedPrefixLists: ["cloudfront"],
        allowedCidrs: ["8.8.4.0/24", "8.8.8.0/24", "9.9.9.0/24"],
      },
      traffic: { trustedProxies: ["cloudfront"] },
    },
    'loadBalancer.allowedCidrs is ["8.8.4.0/24","8.8.8.0/24","9.9.9.0/24"]: it must be a shorter list: at two rules each, plus the 55 of CloudFront\'s list, these ranges exceed the 60 rules of a security group',
  ],
  ...[
    ["allowedCidrs", "cloudflare"],
    ["allowedPrefixLists", "cloudfront"],
  ].map(([allowed = "", network = ""]): Case => [
    `${network} let in, and not believed about its clients`,
    "dev",
    { loadBalancer: { [allowed]: [network] } },
    `traffic.trustedProxies is []: it must be a list that includes "${network}", which loadBalancer admits: otherwise everyone who comes through it shares the rate limits of its addresses`,
  ]),
  [
    "a proxy that doesn't get through to the load balancer",
    "dev",
    { loadBalancer: { allowedCidrs: ["203.0.113.0/24"] }, traffic: { trustedProxies: ["cloudflare"] } },
    'traffic.trustedProxies is ["cloudflare"]: it must be a list that includes a proxy that loadBalancer admits (loadBalancer.allowedCidrs, loadBalancer.allowedPrefixLists)',
  ],
  [
    "records of a load balancer that only proxies may connect to",
    "dev",
    {
      domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ" },
      loadBalancer: { allowedCidrs: ["cloudflare"] },
      traffic: { trustedProxies: ["cloudflare"] },
    },
    "domain.records is true: it must be false while loadBalancer admits the internet only through traffic.trustedProxies: the records of dev.chat.example.com must point at those proxies",
  ],
  [
    "certificates by HTTP where the internet doesn't get to port 80",
    "staging",
    { loadBalancer: { internal: true } },
    "domain.hostedZoneId is missing: it must be set for every host (staging.chat.example.com) while loadBalancer closes port 80 to the internet: Let's Encrypt can then validate them only over DNS",
  ],
  [
    "a viewer who administers",
    "prod",
    { access: { viewers: ["arn:aws:iam::111122223333:role/wbot-admin"] } },
    'access.viewers is ["arn:aws:iam::111122223333:role/wbot-admin"]: it must be different from access.admins, who can read everything anyway: EKS allows one access entry per principal',
  ],
  [
    "a state's key in another region than its bucket",
    "dev",
    { state: { ...STATE, region: "eu-west-1", kmsKeyId: `arn:aws:kms:us-east-1:111122223333:${KEY}` } },
    `state.kmsKeyId is "arn:aws:kms:us-east-1:111122223333:${KEY}": it must be a key of the bucket's region (arn:aws:kms:eu-west-1:…), as S3 requires`,
  ],
  [
    "a state's key in another partition",
    "dev",
    { state: { ...STATE, kmsKeyId: `arn:aws-us-gov:kms:us-east-1:111122223333:${KEY}` } },
    `state.kmsKeyId is "arn:aws-us-gov:kms:us-east-1:111122223333:${KEY}": it must be a key of the bucket's region (arn:aws:kms:us-east-1:…), as S3 requires`,
  ],
  [
    "zones of another region",
    "dev",
    { region: "eu-west-1" },
    'zones is ["us-east-1a","us-east-1b"]: it must be zones of the region "eu-west-1"',
  ],
  [
    "pools that a rollout makes more than the database takes",
    "prod",
    { database: { connections: 60 } },
    "database.poolSize is 4: it must be at most 3, or a lower ai.replicas.max: up to 20 pods share database.connections (60) during a rollout",
  ],
  [
    "fewer connections than a rollout has pods, whatever their pools",
    "prod",
    { database: { connections: 15 } },
    "database.connections is 15: it must be at least 20, or a lower ai.replicas.max: that many pods share them during a rollout, and each opens at least one",
  ],
  [
    "a /tmp that leaves too little memory",
    "prod",
    { web: { memory: { tmp: "768Mi" } } },
    'web.memory.tmp is "768Mi": it must be at most half of web.memory.limit (1Gi), which it counts towards',
  ],
  [
    "two zones in staging",
    "staging",
    { zones: ["us-east-1a", "us-east-1b"] },
    'zones is ["us-east-1a","us-east-1b"]: it must be three zones (tier "staging" must survive the loss of one)',
  ],
  [
    "a single NAT gateway in production",
    "prod",
    { network: { nat: "single" } },
    'network.nat is "single": it must be "per-zone" (tier "production" must survive the loss of a zone)',
  ],
  [
    "nodes with public addresses in staging",
    "staging",
    { network: { nat: "none" } },
    'network.nat is "none": it must be "single" or "per-zone" outside tier "development"',
  ],
  [
    "administrators of another account",
    "dev",
    { account: "444455556666" },
    'access.admins is ["arn:aws:iam::111122223333:role/wbot-admin"]: it must be ARNs of the account 444455556666',
  ],
  ...["", "team/"].map((path): Case => [
    `an SSO role without Identity Center's path, but "${path}"`,
    "dev",
    {
      access: { admins: [`arn:aws:iam::111122223333:role/${path}AWSReservedSSO_Admin_0123456789abcdef`] },
    },
    `access.admins is ["arn:aws:iam::111122223333:role/${path}AWSReservedSSO_Admin_0123456789abcdef"]: it must be ARNs with their paths, without which EKS finds no SSO role: role/aws-reserved/sso.amazonaws.com/… (aws iam get-role --role-name <name>)`,
  ]),
  [
    "a tag that this project sets, in another case",
    "dev",
    { tags: { environment: "x" } },
    'tags is {"environment":"x"}: it must be without Environment, however it is capitalized: this project sets it',
  ],
  [
    "tags that IAM takes for one",
    "dev",
    { tags: { Team: "x", team: "y" } },
    'tags is {"Team":"x","team":"y"}: it must be keys that differ in more than their case, which IAM ignores',
  ],
  [
    "metrics that production loses with a node",
    "prod",
    { observability: { metrics: { replicas: 1 } } },
    'observability.metrics is {"kind":"in-cluster","replicas":1,"retentionDays":15,"volumeGiB":30,"scrape":[]}: it must be kind "in-cluster" with replicas 2 and volumeGiB, or another kind, in tier "production": a single pod is lost with its node or zone',
  ],
  [
    "a user's name where AWS's own permissions count",
    "staging",
    {
      observability: {
        metrics: {
          kind: "remote-write",
          url: "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0123-abcd/api/v1/remote_write",
          username: "1234",
        },
      },
    },
    'observability.metrics.username is "1234": it must be omitted with a url of Amazon Managed Prometheus, which authenticates with IAM',
  ],
  ...[
    { name: "Environment", ignoreTags: { keys: ["CostCenter", "Environment"], prefixes: [] } },
    { name: "org:team", ignoreTags: { keys: [], prefixes: ["org:"] } },
  ].map(({ name, ignoreTags }): Case => [
    `a tag of this environment among those of others: ${name}`,
    "dev",
    { tags: { "org:team": "x" }, ignoreTags },
    `ignoreTags is ${JSON.stringify(ignoreTags)}: it must be without ${name}, which this project sets: every plan would show it as a change`,
  ]),
  [
    "CI without an account",
    "dev",
    { state: { kind: "s3", bucket: "wbot-state" }, ci: { repository: "example/wbot", runner: "wbot" } },
    "account is missing: it must be set if ci is set, since the roles' ARNs contain it",
  ],
  [
    "CI with a state that its runners would lose",
    "dev",
    { account: "111122223333", ci: { repository: "example/wbot", runner: "wbot" } },
    'state.kind is "local": it must be "s3" if ci is set: runners keep no files (npx wbot bootstrap)',
  ],
  [
    "a certificate in production that browsers don't trust",
    "prod",
    { tls: { issuer: "letsencrypt-staging" } },
    'tls.issuer is "letsencrypt-staging": it must be "letsencrypt" in tier "production"',
  ],
  [
    "alarms in production that nobody hears",
    "prod",
    { alarms: { emails: [] } },
    'alarms.emails is []: it must be at least one e-mail address in tier "production"',
  ],
  [
    "cookies for any page",
    "dev",
    { traffic: { cors: { origins: ["*"] } } },
    'traffic.cors.origins is ["*"]: it must be without "*" while traffic.cors.credentials is true: otherwise any page could act as the signed-in user',
  ],
  ...["allowedHeaders", "exposedHeaders"].map((headers): Case => [
    `any ${headers} with cookies`,
    "dev",
    { traffic: { cors: { [headers]: ["*"] } } },
    `traffic.cors.${headers} is ["*"]: it must be without "*" while traffic.cors.credentials is true: browsers then treat it as the literal name of a header`,
  ]),
  [
    "a host named twice",
    "dev",
    { domain: { others: [{ host: "dev.chat.example.com" }] } },
    'domain.others is [{"host":"dev.chat.example.com","serves":"redirect"}]: it must be hosts distinct from one another and from domain.host',
  ],
  [
    "a heartbeat that one late packet turns into a lost stream",
    "prod",
    { streaming: { maxDuration: "60s", heartbeat: "45s" } },
    'streaming.heartbeat is "45s": it must be at most half of streaming.maxDuration ("60s"), or a single late heartbeat ends the stream',
  ],
  [
    "a drain without a heartbeat in it",
    "prod",
    { streaming: { drain: "30s", heartbeat: "30s" } },
    'streaming.heartbeat is "30s": it must be shorter than streaming.drain ("30s"), so that an idle stream still shows that it is alive',
  ],
  [
    "streams on spot that outlive its notice",
    "staging",
    { ai: { capacity: "prefer-spot" } },
    'streaming.drain is "5m": it must be at most "90s" while ai.capacity is "prefer-spot": spot gives a pod 2 minutes to stop',
  ],
  [
    "Redis in a pod in staging",
    "staging",
    { redis: { kind: "in-cluster" } },
    'redis.kind is "in-cluster": it must be "elasticache" outside tier "development"',
  ],
  [
    "a single Redis node in staging",
    "staging",
    { redis: { replicas: 0 } },
    'redis.replicas is 0: it must be at least 1 in tier "staging"',
  ],
  [
    "a Redis version that ElastiCache lacks",
    "dev",
    { redis: { engine: "redis", version: "8.0" } },
    'redis.version is "8.0": it must be one of ElastiCache\'s versions of redis.engine "redis": "7.1"',
  ],
  ...["7.2", "9.9"].map((version): Case => [
    `Valkey ${version}, which ElastiCache doesn't have`,
    "dev",
    { redis: { version } },
    `redis.version is "${version}": it must be one of ElastiCache's versions of redis.engine "valkey": "8.0", "8.1", "8.2", "9.0", "9.1"`,
  ]),
  ...Object.entries({
    "platform.replicas": { platform: { replicas: 1 } },
    "platform.traefikReplicas": { platform: { traefikReplicas: 1 } },
    "web.replicas.min": { web: { replicas: { min: 1 } } },
  }).map(([path, overrides]): Case => [
    `one pod in production: ${path}`,
    "prod",
    overrides,
    `${path} is 1: it must be at least 2 in tier "production"`,
  ]),
  [
    "controllers on spot nodes in production",
    "prod",
    { platform: { capacity: "any" } },
    'platform.capacity is "any": it must be "on-demand" in tier "production"',
  ],
  [
    "the backend on spot nodes in production",
    "prod",
    { ai: { capacity: "prefer-spot" }, streaming: { drain: "90s" } },
    'ai.capacity is "prefer-spot": it must be "on-demand" in tier "production"',
  ],
  [
    "more on-demand nodes at least than at most",
    "dev",
    { nodes: { onDemand: { min: 3 } } },
    "nodes.onDemand.min is 3: it must be at most nodes.onDemand.max (2)",
  ],
  [
    "more spot nodes at least than at most",
    "dev",
    { nodes: { spot: { min: 5 } } },
    "nodes.spot.min is 5: it must be at most nodes.spot.max (4)",
  ],
  [
    "x86 nodes among arm64 ones",
    "dev",
    { nodes: { onDemand: { instanceTypes: ["m7i.large"] } } },
    `nodes.onDemand.instanceTypes is ["m7i.large"]: it must be ${ARM}`,
  ],
  [
    "GPU nodes, whose name starts with a g, among arm64 ones",
    "dev",
    { nodes: { spot: { instanceTypes: ["t4g.medium", "g6.xlarge"] } } },
    `nodes.spot.instanceTypes is ["t4g.medium","g6.xlarge"]: it must be ${ARM}`,
  ],
  [
    "types of two sizes in a group",
    "dev",
    { nodes: { spot: { instanceTypes: ["t4g.medium", "t4g.large"] } } },
    'nodes.spot.instanceTypes is ["t4g.medium","t4g.large"]: it must be types with the same CPU and memory: the autoscaler assumes that all are like the first one it sees',
  ],
  [
    "spot nodes alone",
    "dev",
    { nodes: { onDemand: { min: 0 } } },
    "nodes.onDemand.min is 0: it must be 1 or more: Traefik never runs on spot, where a reclaimed node would cut its streams",
  ],
  [
    "a zone without a node in production",
    "prod",
    { nodes: { onDemand: { min: 2 } } },
    'nodes.onDemand.min is 2: it must be 3 or more, one node per zone, in tier "production"',
  ],
  [
    "more pods at least than at most",
    "dev",
    { ai: { replicas: { min: 5 } } },
    "ai.replicas.min is 5: it must be at most ai.replicas.max (4)",
  ],
  [
    "more CPU requested than allowed",
    "dev",
    { ai: { cpu: { request: "2001m" } } },
    'ai.cpu.request is "2001m": it must be at most ai.cpu.limit (2)',
  ],
  [
    "more memory requested than allowed",
    "dev",
    { web: { memory: { request: "1025Mi" } } },
    'web.memory.request is "1025Mi": it must be at most web.memory.limit (1Gi)',
  ],
];

it.each(CASES)("refuses %s", (_, name, overrides, line) => {
  expect(() => loadEnvironment(name, { overrides })).toThrow(
    new Error(`The environment "${name}" is not valid (environments/${name}.ts, overrides):\n  - ${line}`),
  );
});

it.each([
  [
    "arm64",
    [
      "t4g.medium",
      "m7g.large",
      "c7gn.xlarge",
      "r8gd.large",
      "im4gn.large",
      "g5g.xlarge",
      "a1.large",
      "p6e-gb200.36xlarge",
    ],
  ],
  [
    "x86_64",
    [
      "t3a.medium",
      "m7i-flex.large",
      "m7a.large",
      "c6in.xlarge",
      "g4dn.xlarge",
      "gr6.4xlarge",
      "u7i-12tb.224xlarge",
    ],
  ],
])("knows instance types of %s by their names", (architecture, instanceTypes) => {
  const dev = loadEnvironment("dev");
  const group = { ...dev.nodes.spot, instanceTypes };
  const nodes = {
    ...dev.nodes,
    architecture: architecture as "arm64" | "x86_64",
    onDemand: group,
    spot: group,
  };
  const told = contradictions({ ...dev, nodes }).map(({ allowed }) => allowed);
  expect(told.filter((allowed) => allowed.startsWith("instance types of nodes.architecture"))).toEqual([]);
});

it("takes an administrators' role of another name beside ci, CI's deploy role, and any without ci", () => {
  const admins = (...names: string[]) => names.map((name) => `arn:aws:iam::111122223333:role/${name}`);
  const of = (overrides: Overrides, ...names: string[]) =>
    loadEnvironment("dev", { overrides: { ...overrides, access: { admins: admins(...names) } } });
  const allowed = ["wbot-admin", "wbot-developers", "team/wbot-dev-admin", "wbot-dev-ci-deploy"];
  expect(of(CI, ...allowed).access.admins).toHaveLength(4);
  expect(of({}, "wbot-dev-admin").access.admins).toHaveLength(1);
});

it("lets requests equal limits, in another unit", () => {
  const ai = { cpu: { request: "1000m", limit: "1" }, memory: { request: "2048Mi" } };
  const nodes = { onDemand: { min: 5, max: 21 } };
  expect(loadEnvironment("prod", { overrides: { ai, nodes } }).ai.memory.request).toBe("2048Mi");
});

it("accepts certificates by HTTP through a proxy whose ranges it admits, whatever list is admitted beside it", () => {
  const traffic = { trustedProxies: ["cloudflare"] };
  const of = (allowedCidrs: string[], allowedPrefixLists = ["pl-0123456789abcdef0"]) =>
    loadEnvironment("staging", {
      overrides: { traffic, loadBalancer: { allowedCidrs, allowedPrefixLists } },
    });
  expect(of(["cloudflare"]).tls.issuer).toBe("letsencrypt-staging");
  expect(() => of([])).toThrow("domain.hostedZoneId is missing");
  // Users come through CloudFront, which gets to port 443 only.
  expect(() => of(["cloudflare"], ["cloudfront"])).toThrow("domain.hostedZoneId is missing");
});

it("accepts a record where a company's users and its proxy come from one range", () => {
  const overrides = {
    domain: { hostedZoneId: "Z0123456789ABCDEFGHIJ" },
    loadBalancer: { allowedCidrs: ["203.0.113.0/24"] },
    traffic: { trustedProxies: ["203.0.113.8/32"] },
  };
  expect(loadEnvironment("dev", { overrides }).domain.records).toBe(true);
});

it("leaves to preflight what only an existing network's owner can change, so that a running environment can be destroyed", () => {
  const overrides = {
    network: { existing: EXISTING, endpoints: ["bedrock-runtime"] },
    nodes: { onDemand: { max: 40 } },
  };
  expect(loadEnvironment("dev", { overrides }).nodes.onDemand.max).toBe(40);
});
