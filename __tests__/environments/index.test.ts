import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  currentEnvironment,
  EnvironmentError,
  loadEnvironment,
  outputFolder,
  type Overrides,
} from "../../environments";
import { VERSIONS } from "../../environments/kubernetes-versions";
import { refusedVariable } from "../../environments/variables";

const SSO =
  "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";

const TAG_TEXT = "letters, digits, spaces and _ . : / = + - @, and no space around them";

/** What is wrong, the settings, and the line that tells it. */
type Row = [string, Overrides, string];

/** The lines that tell what is wrong, without the first, which names the files. */
function problems(name: string, overrides: Overrides): string[] {
  try {
    loadEnvironment(name, { overrides });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return error.message.split("\n").slice(1);
  }
  return [];
}

describe("an unknown environment", () => {
  it("is refused with the known ones and the way to add one", () => {
    expect(() => loadEnvironment("qa")).toThrow(
      new EnvironmentError(
        'The environment "qa" is unknown: WBOT_ENV must be one of "dev", "staging", "prod", "rehearsal", "prod-west", "rehearsal-west". ' +
          "To add one, create environments/qa.ts and list it in environments/list.ts.",
      ),
    );
  });

  it.each([
    ["stagin", "staging"],
    ["Prod", "prod"],
    ["development-dev", undefined],
  ])("gets a suggestion if %p is close to one", (name, meant) => {
    const suggestion = meant === undefined ? '"rehearsal-west". To add' : `(did you mean "${meant}"?). `;
    expect(() => loadEnvironment(name)).toThrow(suggestion);
  });

  it.each(["prod_eu", "eu prod", "Production", "prod-", "a--b", "1st", "a".repeat(33 - "wbot-".length)])(
    "isn't added by the name %p, which AWS would refuse",
    (name) => {
      expect(() => loadEnvironment(name)).toThrow(
        `A new one's name must be lower-case letters, digits and single hyphens, starting with a letter, at most ${32 - "wbot-".length} characters: it is part of AWS resource names.`,
      );
    },
  );

  it("is shown with what can't be seen of its name", () => {
    expect(() => loadEnvironment("prod\r")).toThrow(
      /^The environment "prod\\r" is unknown: .+ \(did you mean "prod"\?\)/,
    );
  });

  it.each(["constructor", "__proto__"])("is refused even if every object has a %s", (name) => {
    expect(() => loadEnvironment(name)).toThrow(`The environment "${name}" is unknown`);
  });
});

describe("an invalid environment", () => {
  it("names the files that the values come from", () => {
    const overrides = { region: "Virginia" };
    expect(() => loadEnvironment("dev", { overrides })).toThrow(
      'The environment "dev" is not valid (environments/dev.ts, overrides):\n  - region is "Virginia": ',
    );
  });

  it("suggests the setting that was meant, and lists what is allowed", () => {
    expect(problems("dev", { network: { cdir: "10.0.0.0/16", natt: "single" } })).toContain(
      '  - network.natt is "single", but there is no such setting (did you mean "nat"?); allowed here: cidr, nat, existing, endpoints, privateEgress, flowLogRetentionDays',
    );
    expect(problems("dev", { netwrk: {} })[0]).toMatch(
      /^ {2}- netwrk is \{\}, .+\(did you mean "network"\?\)/,
    );
    const extend = { "script-source": ["https://cdn.test"] };
    expect(problems("dev", { traffic: { contentSecurityPolicy: { extend } } })[0]).toMatch(
      /extend\.script-source is .+ \(did you mean "script-src"\?\); allowed here: connect-src, .+, worker-src$/,
    );
  });

  it("suggests nothing for what is like no setting", () => {
    expect(problems("dev", { traffic: { xyzzy: 1 } })[0]).not.toContain("did you mean");
  });

  it.each<Row>([
    [
      "a word",
      { network: { nat: "two" } },
      'network.nat is "two": it must be one of "none", "single", "per-zone"',
    ],
    [
      "a number",
      { redis: { replicas: 9 } },
      "redis.replicas is 9: it must be a whole number of replicas from 0 to 5",
    ],
    [
      "a fraction",
      { ai: { replicas: { max: 2.5 } } },
      "ai.replicas.max is 2.5: it must be a whole number of pods from 1 to 100",
    ],
    ["text for a switch", { protection: "yes" }, 'protection is "yes": it must be true or false'],
    [
      "a list's length",
      { zones: ["us-east-1a"] },
      'zones is ["us-east-1a"]: it must be a list of 2 to 3 zones',
    ],
    [
      "a list's item",
      { zones: ["us-east-1a", "use1-az1"] },
      'zones.1 is "use1-az1": it must be the name of an availability zone such as "us-east-1a" (not its ID, and no local zone)',
    ],
    ["a group", { network: null }, "network is null: it must be an object of settings"],
    [
      "a kind",
      { state: { kind: "gcs" } },
      'state.kind is "gcs": it must be kind "local", or kind "s3" with a bucket',
    ],
    [
      "a moving tag",
      { ai: { image: { tag: "latest" } } },
      'ai.image.tag is "latest": it must be an image tag other than "latest", preferably the commit it was built from',
    ],
    [
      "a retention",
      { network: { flowLogRetentionDays: 8 } },
      "network.flowLogRetentionDays is 8: it must be a number of days, one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653",
    ],
    [
      "a version",
      { cluster: { version: "1.20" } },
      `cluster.version is "1.20": it must be one of ${VERSIONS.map((each) => `"${each}"`).join(", ")} (another minor version needs a row in environments/kubernetes-versions.ts)`,
    ],
    ...[
      ["the whole internet", "0.0.0.0/0"],
      ["a private range", "10.1.0.0/16"],
      ["a range that nobody has", "224.0.0.0/24"],
      ["an address in a range", "52.1.2.3/24", ' (did you mean "52.1.2.0/24"?)'],
    ].map(([what = "", range = "", meant = ""]): Row => [
      what,
      { access: { publicCidrs: [range] } },
      `access.publicCidrs.0 is "${range}": it must be an IPv4 range of your own, /16 or narrower, such as "203.0.113.0/24"${meant}`,
    ]),
    [
      "a public range",
      { network: { cidr: "8.8.0.0/16" } },
      'network.cidr is "8.8.0.0/16": it must be a private IPv4 range of /16 to /20, such as "10.0.0.0/16"',
    ],
    ["nobody", { access: { admins: [] } }, "access.admins is []: it must be a list of 1 to 20 IAM ARNs"],
    [
      "cores that the API server would rewrite",
      { ai: { cpu: { limit: "1.5" } } },
      'ai.cpu.limit is "1.5": it must be CPU in cores or millicores, such as "2" or "500m"',
    ],
    [
      "an automatic snapshot, which is deleted with the Redis that a restore replaces",
      { redis: { kind: "elasticache", restoreFrom: "automatic.wbot-dev" } },
      'redis.restoreFrom is "automatic.wbot-dev": it must be the name of a snapshot taken by hand in the same region; copy an automatic one first, since it would be deleted with its Redis (aws elasticache copy-snapshot)',
    ],
    ...[
      ["an origin with a path", "https://chat.example.com/"],
      ["an app's origin with a path", "capacitor://localhost/"],
      ["a misspelled origin", "htps://chat.example.com"],
      ["an origin of no page", "wss://chat.example.com"],
      ["an origin that browsers write otherwise", "https://chat.example.com:443"],
    ].map(([what = "", origin = ""]): Row => [
      what,
      { traffic: { cors: { origins: [origin] } } },
      `traffic.cors.origins.0 is "${origin}": it must be a web origin as browsers send it: scheme, host and any non-default port, without a path, such as "https://chat.example.com", or "*"`,
    ]),
    [
      "two headers in one",
      { traffic: { cors: { allowedHeaders: ["traceparent, tracestate"] } } },
      'traffic.cors.allowedHeaders.0 is "traceparent, tracestate": it must be a header\'s name, such as "X-API-Key", or "*"',
    ],
    ...[
      "camera=()microphone=(self)",
      "camera=(), ",
      "camera=(selfself)",
      'camera=(self"https://meet.example.com")',
      "camera=(\n)",
    ].map((permissionsPolicy): Row => [
      `a Permissions-Policy that browsers ignore as a whole: ${permissionsPolicy}`,
      { traffic: { permissionsPolicy } },
      `traffic.permissionsPolicy is ${JSON.stringify(permissionsPolicy)}: it must be a Permissions-Policy such as "camera=(), microphone=(self)", or "" for none`,
    ]),
    ...["/..", "/a/.", "/./a", "/a/../b"].map((path): Row => [
      `a path that Kubernetes refuses: ${path}`,
      { traffic: { files: { paths: [path] } } },
      `traffic.files.paths.0 is "${path}": it must be a path such as "/assets"`,
    ]),
    [
      "a namespace with which ECR would refuse the repositories' names",
      { registry: { namespace: "x".repeat(201) } },
      `registry.namespace is "${"x".repeat(116)}...: it must be an ECR namespace in lower case, of at most 200 characters`,
    ],
    [
      "a variable's name too long for a ConfigMap",
      { ai: { variables: { ["X".repeat(254)]: "1" } } },
      `ai.variables has the key "${"X".repeat(116)}...: it must be a name in upper case, of at most 253 characters`,
    ],
    [
      "a variable that no process can be given",
      { ai: { variables: { PROMPT: "a\0b" } } },
      'ai.variables.PROMPT is "a\\u0000b": it must be text without NUL characters',
    ],
    [
      "a variable that is a number",
      { ai: { variables: { DEPTH: 8 } } },
      "ai.variables.DEPTH is 8: it must be text, in quotes",
    ],
    [
      "a command with a number",
      { ai: { command: ["run", 8080] } },
      "ai.command.1 is 8080: it must be text, in quotes",
    ],
    [
      "a command that no process can be given",
      { ai: { command: ["run", "a\0b"] } },
      'ai.command.1 is "a\\u0000b": it must be text without NUL characters',
    ],
    [
      "a host that can't become text",
      { domain: { host: { toString: 1 } } },
      'domain.host is {"toString":1}: it must be a host name in lower case, such as "chat.example.com"',
    ],
    [
      "a range that can't become text",
      { network: { cidr: { toString: 1 } } },
      'network.cidr is {"toString":1}: it must be a private IPv4 range of /16 to /20, such as "10.0.0.0/16"',
    ],
    ...[
      ["of another partition", "eusc-de-east-1"],
      ["that there isn't", "us-east-9"],
    ].map(([what = "", region = ""]): Row => [
      `a region ${what}`,
      { region },
      `region is "${region}": it must be an AWS region that the AWS provider in locks/ knows, such as "us-east-1" (those of AWS China, the European Sovereign Cloud and the isolated partitions are not supported)`,
    ]),
    [
      "a wildcard for administrators",
      { access: { admins: ["arn:aws:iam::111122223333:role/*"] } },
      'access.admins.0 is "arn:aws:iam::111122223333:role/*": it must be the ARN of one IAM role (an SSO role with its path), such as "arn:aws:iam::111122223333:role/wbot-admin"; EKS accepts no wildcards and no service-linked roles',
    ],
    ...["ghcr.io/acme/wbot-ai:v1", "ghcr..io/acme/wbot-ai"].map((repository): Row => [
      `an image's tag in its repository, or a typo in its registry's host: ${repository}`,
      { ai: { image: { repository } } },
      `ai.image.repository is "${repository}": it must be an image repository in lower case, without scheme, tag and digest, such as "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai"`,
    ]),
    [
      "a host in Unicode",
      { domain: { host: "чат.example.рф" } },
      'domain.host is "чат.example.рф": it must be written as "xn--80a0bn.example.xn--p1ai"',
    ],
    [
      "a host in upper case",
      { domain: { host: "Chat.example.com" } },
      'domain.host is "Chat.example.com": it must be written as "chat.example.com"',
    ],
    [
      "a host that is not one",
      { domain: { host: "*.example.com" } },
      'domain.host is "*.example.com": it must be a host name in lower case, such as "chat.example.com"',
    ],
    ...["99999", "0"].map((port): Row => [
      `a Supabase port that nothing can connect to, ${port}`,
      { supabase: { url: `https://db.example.org:${port}` } },
      `supabase.url is "https://db.example.org:${port}": it must be the URL of a Supabase project without a path, such as "https://<project>.supabase.co"`,
    ]),
    ...[":0/api/v1", "/api/v1/"].map((rest): Row => [
      `port 0 of LangSmith's API, or a slash at its end: ${rest}`,
      { langsmith: { endpoint: `https://langsmith.example.org${rest}` } },
      `langsmith.endpoint is "https://langsmith.example.org${rest}": it must be the URL of LangSmith's API, such as "https://langsmith.example.com/api/v1" if you host it yourself`,
    ]),
    [
      "a port beyond the last",
      { database: { ports: [99999] } },
      "database.ports.0 is 99999: it must be a port from 1 to 65535",
    ],
    ...[
      ["a Redis node with data tiering", "cache.r6gd.xlarge"],
      ["a Redis node too old for TLS", "cache.t1.micro"],
      ["a size that ElastiCache has of other types only", "cache.t4g.large"],
    ].map(([what = "", nodeType]): Row => [
      what,
      { redis: { kind: "elasticache", nodeType } },
      `redis.nodeType is "${nodeType}": it must be an ElastiCache node type such as "cache.t4g.small" (t2, t3 and t4g end at medium; data tiering, of r6gd, is not supported)`,
    ]),
    [
      "a key that is no KMS key's",
      { state: { kind: "s3", bucket: "wbot-state", kmsKeyId: "arn:aws:kms:us-east-1:111122223333:wbot" } },
      'state.kmsKeyId is "arn:aws:kms:us-east-1:111122223333:wbot": it must be a KMS key: its ARN, "alias/<name>" or its id',
    ],
    [
      "a bucket's name that S3 refuses",
      { state: { kind: "s3", bucket: "wbot..state" } },
      'state.bucket is "wbot..state": it must be the name of an S3 bucket',
    ],
    [
      "a tag of AWS's own",
      { tags: { "aws:cost": "1" } },
      'tags has the key "aws:cost": it must be a key without "aws:", which is AWS\'s own',
    ],
    [
      "a template for a tag",
      { tags: { Team: "${team.name}" } },
      'tags.Team is "${team.name}": it must be text of 0 to 256 characters: ' + TAG_TEXT,
    ],
    [
      "a tag without a name",
      { tags: { "": "x" } },
      'tags has the key "": it must be a key of 1 to 128 characters: ' + TAG_TEXT,
    ],
    [
      "one tag of others where a list is meant",
      { ignoreTags: { keys: "CostCenter" } },
      'ignoreTags.keys is "CostCenter": it must be a list of 0 to 50 keys',
    ],
    [
      "a pattern for tags of others",
      { ignoreTags: { prefixes: ["org:*"] } },
      'ignoreTags.prefixes.0 is "org:*": it must be a prefix of 1 to 128 characters: ' + TAG_TEXT,
    ],
    [
      "a port that the probes don't know",
      { ai: { variables: { PORT: "9000" } } },
      'ai.variables.PORT is "9000": it must be omitted: the probes, the Service and the network policies expect the port in environments/services.ts',
    ],
    [
      "an app secret's key among the variables",
      { ai: { variables: { DATABASE_URL: "postgresql://db" } } },
      'ai.variables.DATABASE_URL is "***": it must be omitted: it is a key of the app secret (npx wbot secrets edit)',
    ],
    [
      "a secret among the variables, without showing it",
      { web: { variables: { STRIPE_API_KEY: "abc" } } },
      `web.variables.STRIPE_API_KEY is "***": it must be ${refusedVariable("STRIPE_API_KEY", "abc", "node")}`,
    ],
    ...[
      ["a stream longer than the platform's hour", "maxDuration", "61m", '"60s" to "60m"'],
      ["a drain longer than a managed update waits", "drain", "15m", '"30s" to "9m"'],
    ].map(([what = "", setting = "", value = "", range]): Row => [
      what,
      { streaming: { [setting]: value } },
      `streaming.${setting} is "${value}": it must be a duration from ${range}, such as "90s" or "5m"`,
    ]),
  ])("says what is allowed instead of %s", (_, overrides, line) => {
    expect(problems("dev", overrides)).toEqual([`  - ${line}`]);
  });

  it.each<[string, unknown, (twice: unknown[]) => Overrides]>([
    ["zones", "us-east-1a", (zones) => ({ zones })],
    ["IAM ARNs", SSO, (admins) => ({ access: { admins } })],
    ["private IPv4 ranges", "10.1.0.0/16", (privateCidrs) => ({ access: { privateCidrs } })],
    ["security groups", "sg-0123456789abcdef0", (securityGroups) => ({ access: { securityGroups } })],
    ["services", "ai", (scrape) => ({ observability: { metrics: { kind: "in-cluster", scrape } } })],
    ["EC2 instance types", "t4g.medium", (instanceTypes) => ({ nodes: { spot: { instanceTypes } } })],
    ["ports", 5432, (ports) => ({ database: { ports } })],
    ["e-mail addresses", "ops@example.com", (emails) => ({ alarms: { emails } })],
  ])("refuses one of %s that is listed twice, before a construct or AWS does", (what, entry, overrides) => {
    expect(problems("dev", overrides([entry, entry]))).toEqual([
      expect.stringMatching(`^  - [a-zA-Z.]+ is .+: it must be distinct ${what}$`),
    ]);
  });

  it("lets a command have a word twice", () => {
    const overrides = { ai: { command: ["run", "--allow", "a", "--allow", "b"] } };
    expect(loadEnvironment("dev", { overrides }).ai.command).toHaveLength(5);
  });

  it("is the same whatever the order of a list in which order means nothing", () => {
    const proxies = ["8.8.8.0/24", "9.9.9.0/24"];
    const sources = ["https://a.example.com", "https://b.example.com"];
    const others = [
      { host: "www.example.com", serves: "product" },
      { host: "example.com", serves: "product" },
    ];
    const written = (ordered: <T>(entries: readonly T[]) => T[]) =>
      JSON.stringify(
        loadEnvironment("prod", {
          overrides: {
            zones: ordered(["us-east-1a", "us-east-1b", "us-east-1c"]),
            domain: { others: ordered(others) },
            database: { ports: ordered([5432, 6543]) },
            observability: {
              metrics: { kind: "remote-write", url: "https://m.test/w", scrape: ordered(["ai", "web"]) },
            },
            loadBalancer: { allowedCidrs: ordered(proxies) },
            traffic: {
              trustedProxies: ordered(proxies),
              files: { paths: ordered(["/assets", "/fonts"]) },
              cors: {
                origins: ordered(sources),
                allowedHeaders: ordered(["traceparent", "tracestate"]),
                exposedHeaders: ordered(["X-One", "X-Two"]),
              },
              contentSecurityPolicy: {
                extend: { "img-src": ordered(sources) },
              },
            },
          },
        }),
      );
    expect(written((entries) => [...entries].reverse())).toBe(written((entries) => [...entries]));
  });

  it("keeps the order of preference of instance types and resolvers", () => {
    const instanceTypes = ["m7g.large", "m6g.large"];
    const resolvers = ["8.8.8.8:53", "1.1.1.1:53"];
    const { nodes, tls } = loadEnvironment("prod", {
      overrides: { nodes: { spot: { instanceTypes } }, tls: { resolvers } },
    });
    expect([nodes.spot.instanceTypes, tls.resolvers]).toEqual([instanceTypes, resolvers]);
  });

  it("says what is missing", () => {
    expect(problems("dev", { state: { kind: "s3" } })).toEqual([
      expect.stringMatching(/^ {2}- state\.bucket is missing: it must be ./),
    ]);
  });

  it("cuts a value that is too long to read", () => {
    const [line = ""] = problems("dev", { region: "x".repeat(500) });
    expect(line).toContain(`"${"x".repeat(116)}...: it must be an AWS region`);
  });

  it("shows what only TypeScript can hold", () => {
    expect(problems("dev", { typo: undefined, network: { cdir: 1n } })).toEqual([
      expect.stringMatching(/^ {2}- network.cdir is "1n", /),
      expect.stringMatching(/^ {2}- typo is undefined, /),
    ]);
  });

  it("lists every problem at once", () => {
    expect(
      problems("dev", { region: "Virginia", network: { nat: "two" }, ai: { replicas: { min: 0 } }, typo: 1 }),
    ).toHaveLength(4);
    expect(problems("prod", { network: { nat: "single" }, platform: { replicas: 1 } })).toHaveLength(2);
  });
});

it.each<[string, Overrides]>([
  ["a tag with all that IAM allows", { tags: { "Kostenstelle/Ä_.:=+-@": "R 1/2: é" } }],
  ["an SSO role with its path", { access: { admins: [SSO] } }],
  ["an SSO role of another region's", { access: { admins: [SSO.replace("com/", "com/eu-west-1/")] } }],
  ["a registry with a port", { ai: { image: { repository: "registry.example.com:5000/team/wbot_ai" } } }],
  ["a host in punycode", { domain: { host: "xn--80aswg.example.xn--p1ai" } }],
  [
    "any header, without cookies",
    { traffic: { cors: { credentials: false, allowedHeaders: ["*"], exposedHeaders: ["*"] } } },
  ],
  ["a CORS origin with a port", { traffic: { cors: { origins: ["http://localhost:3000"] } } }],
  [
    "the CORS origins of apps and of a browser extension",
    {
      traffic: {
        cors: {
          origins: [
            "capacitor://localhost",
            "tauri://localhost",
            "ionic://localhost",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
          ],
        },
      },
    },
  ],
  [
    "a variable that is no secret",
    { ai: { variables: { MAX_TOKENS: "100", LOG_LEVEL: "debug", NODE_ENV: "x" } } },
  ],
  ["a key that browsers get anyway", { web: { variables: { SENTRY_PUBLIC_KEY: "abc" } } }],
  ...[
    "",
    "camera=(),microphone=()",
    "camera=self, fullscreen=*",
    'geolocation=(self "https://maps.example.com:8443")',
    "camera=( ), microphone=( self )",
    'camera=(self  "https://meet.example.com")',
  ].map((permissionsPolicy): [string, Overrides] => [
    `a Permissions-Policy that browsers can parse: ${permissionsPolicy}`,
    { traffic: { permissionsPolicy } },
  ]),
  ...["/assets", "/.well-known/files", "/a/..b", "/a.b/~c"].map((path): [string, Overrides] => [
    `the path ${path}`,
    { traffic: { files: { paths: [path] } } },
  ]),
  [
    "a KMS key by its ARN",
    {
      state: {
        kind: "s3",
        bucket: "wbot-state.example",
        region: "eu-west-1",
        kmsKeyId: `arn:aws:kms:eu-west-1:111122223333:key/mrk-${"0".repeat(32)}`,
      },
    },
  ],
])("takes %s", (_, overrides) => {
  expect(problems("dev", overrides)).toEqual([]);
});

describe("merging overrides", () => {
  it("keeps the rest of a group", () => {
    const { network } = loadEnvironment("dev", { overrides: { network: { nat: "none" } } });
    expect(network).toEqual({
      cidr: "10.0.0.0/16",
      nat: "none",
      endpoints: [],
      privateEgress: false,
      flowLogRetentionDays: 7,
    });
  });

  it("replaces a list whole", () => {
    const overrides = { access: { admins: ["arn:aws:iam::000000000000:root"] } };
    const { access } = loadEnvironment("dev", { overrides });
    expect(access.admins).toEqual(["arn:aws:iam::000000000000:root"]);
    expect(access.publicCidrs).toEqual(["203.0.113.0/24"]);
  });

  it("replaces a group of another kind, whose keys would all be unknown", () => {
    const { redis } = loadEnvironment("dev", { overrides: { redis: { kind: "in-cluster" } } });
    expect(redis).toEqual({ kind: "in-cluster", storageGiB: 1, passwordRotation: 0 });
  });

  it("merges a group of the same kind", () => {
    const { redis } = loadEnvironment("prod", { overrides: { redis: { kind: "elasticache", replicas: 2 } } });
    expect(redis).toMatchObject({ nodeType: "cache.t4g.small", replicas: 2, finalSnapshot: true });
  });

  it("leaves the environment as it was for the next to load it", () => {
    const before = loadEnvironment("prod");
    loadEnvironment("prod", { overrides: { platform: { replicas: 3 } } });
    expect(loadEnvironment("prod")).toEqual(before);
  });
});

describe("the current environment", () => {
  let folder: string;
  const local = (text: string) => {
    writeFileSync(join(folder, "dev.local.json"), text);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wbot-environments-"));
  });

  it("is dev unless WBOT_ENV says otherwise", () => {
    expect(currentEnvironment({}, folder)).toEqual(loadEnvironment("dev"));
    expect(currentEnvironment({ WBOT_ENV: "prod" }, folder)).toEqual(loadEnvironment("prod"));
  });

  it("takes what its local file says on top", () => {
    local('{ "tags": { "Owner": "me" } }');
    expect(currentEnvironment({}, folder).tags).toEqual({ Owner: "me" });
    expect(currentEnvironment({ WBOT_ENV: "staging" }, folder).tags).toEqual({});
  });

  it("takes no setting from what a local file says to editors", () => {
    local('{ "$schema": "./settings.schema.json" }');
    expect(currentEnvironment({}, folder)).toEqual(loadEnvironment("dev"));
  });

  it("names its local file in what is wrong with it", () => {
    local('{ "region": 1 }');
    expect(() => currentEnvironment({}, folder)).toThrow(
      'The environment "dev" is not valid (environments/dev.ts, environments/dev.local.json):\n  - region is 1',
    );
  });

  it.each<[string, (file: string) => void]>([
    [
      "text that is not JSON",
      (file) => {
        writeFileSync(file, "{ tags: ");
      },
    ],
    [
      "a link to nothing",
      (file) => {
        symlinkSync("nowhere.json", file);
      },
    ],
    [
      "a folder",
      (file) => {
        mkdirSync(file);
      },
    ],
  ])("refuses a local file that can't be read: %s", (_, make) => {
    make(join(folder, "dev.local.json"));
    expect(() => currentEnvironment({}, folder)).toThrow(EnvironmentError);
    expect(() => currentEnvironment({}, folder)).toThrow(
      /^The environment "dev" is not valid: environments\/dev\.local\.json can't be read as JSON \(.+\)\.$/,
    );
  });

  it.each([
    ["a byte order mark", Buffer.from('\ufeff{ "protection": true }')],
    ["UTF-16", Buffer.from('\ufeff{ "protection": true }', "utf16le")],
    ["Windows' line endings", Buffer.from('{\r\n"protection": true\r\n}')],
  ])("reads a local file with %s", (_, bytes) => {
    writeFileSync(join(folder, "dev.local.json"), bytes);
    expect(currentEnvironment({}, folder).protection).toBe(true);
  });

  it("refuses a local file of which a part would be lost", () => {
    local('{ "ai": { "replicas": { "max": 3 } }, "ai": { "memory": { "limit": "2Gi" } } }');
    expect(() => currentEnvironment({}, folder)).toThrow(
      new EnvironmentError(
        'The environment "dev" is not valid: environments/dev.local.json has "ai" twice in one object: only the last would count.',
      ),
    );
  });

  it.each(["[]", "null", '"text"'])("refuses a local file that holds %s", (text) => {
    local(text);
    expect(() => currentEnvironment({}, folder)).toThrow(
      new EnvironmentError(
        'The environment "dev" is not valid: environments/dev.local.json must be a JSON object.',
      ),
    );
  });

  it("does not look for a local file of an environment that there isn't", () => {
    expect(() => currentEnvironment({ WBOT_ENV: "../dev" }, folder)).toThrow("is unknown");
  });

  it.each([
    ["oci://registry.example.com/charts", "oci://registry.example.com/charts"],
    ["", undefined],
    [undefined, undefined],
  ])("takes charts from CHART_MIRROR=%p", (value, mirror) => {
    expect(currentEnvironment({ CHART_MIRROR: value }, folder).chartMirror).toBe(mirror);
    local("{}");
    expect(currentEnvironment({ CHART_MIRROR: value }, folder).chartMirror).toBe(mirror);
  });

  it("is written where the cdktf command wants it", () => {
    expect(outputFolder({ CDKTF_OUTDIR: "/tmp/elsewhere" })).toBe("/tmp/elsewhere");
    expect(outputFolder({})).toBe(join(__dirname, "..", "..", "cdktf.out"));
  });
});
