import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  currentEnvironment,
  EnvironmentError,
  loadEnvironment,
  outputFolder,
  type Overrides,
} from "../../environments";

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
          "To add one, create environments/qa.ts and list it in environments/index.ts.",
      ),
    );
  });

  it.each([
    ["stagin", "staging"],
    ["Prod", "prod"],
    ["development-dev", undefined],
  ])("gets a suggestion if %p is close to one", (name, meant) => {
    const suggestion =
      meant === undefined ? '"rehearsal-west". To add' : `(did you mean "${meant}"?). To add`;
    expect(() => loadEnvironment(name)).toThrow(suggestion);
  });

  it.each(["constructor", "__proto__"])("is refused even if every object has a %s", (name) => {
    expect(() => loadEnvironment(name)).toThrow(`The environment "${name}" is unknown`);
  });
});

describe("an invalid environment", () => {
  it("names the files that the values come from", () => {
    const overrides = { region: "Virginia" };
    expect(() => loadEnvironment("dev", { overrides, overridesFrom: "environments/dev.local.json" })).toThrow(
      'The environment "dev" is not valid (environments/dev.ts, environments/dev.local.json):\n' +
        '  - region is "Virginia": it must be an AWS region such as "us-east-1"',
    );
  });

  it("suggests the setting that was meant, and lists what is allowed", () => {
    expect(problems("dev", { network: { cdir: "10.0.0.0/16", natt: "single" } })).toContain(
      '  - network.natt is "single", but there is no such setting (did you mean "nat"?); allowed here: cidr, nat, flowLogRetentionDays',
    );
    expect(problems("dev", { netwrk: {} })[0]).toContain("netwrk is {}, but there is no such setting");
    expect(problems("dev", { netwrk: {} })[0]).toContain('(did you mean "network"?)');
  });

  it("suggests nothing for what is like no setting", () => {
    expect(problems("dev", { traffic: { xyzzy: 1 } })[0]).not.toContain("did you mean");
  });

  it.each<[string, Overrides, string]>([
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
      { zones: ["us-east-1a", "b"] },
      'zones.1 is "b": it must be an availability zone such as "us-east-1a"',
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
      'cluster.version is "1.20": it must be one of "1.35", "1.36" (another minor version needs a row in environments/kubernetes-versions.ts)',
    ],
    [
      "the whole internet",
      { access: { publicCidrs: ["0.0.0.0/0"] } },
      'access.publicCidrs.0 is "0.0.0.0/0": it must be an IPv4 range of your own, /16 or narrower, such as "203.0.113.0/24"',
    ],
    [
      "a private range",
      { access: { publicCidrs: ["10.1.0.0/16"] } },
      'access.publicCidrs.0 is "10.1.0.0/16": it must be an IPv4 range of your own, /16 or narrower, such as "203.0.113.0/24"',
    ],
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
      'redis.restoreFrom is "automatic.wbot-dev": it must be the name of a snapshot taken by hand in the same region; copy an automatic one first, which would be deleted with its Redis (aws elasticache copy-snapshot)',
    ],
    [
      "an origin with a path",
      { traffic: { cors: { origins: ["https://chat.example.com/"] } } },
      'traffic.cors.origins.0 is "https://chat.example.com/": it must be a web origin: scheme, host and optional port, such as "https://chat.example.com" (no path)',
    ],
    [
      "a stream longer than the platform's hour",
      { streaming: { maxDuration: "61m" } },
      'streaming.maxDuration is "61m": it must be a duration from "60s" to "60m", such as "90s" or "5m"',
    ],
    [
      "a drain longer than a managed update waits",
      { streaming: { drain: "15m" } },
      'streaming.drain is "15m": it must be a duration from "30s" to "12m", such as "90s" or "5m"',
    ],
    [
      "a directive that is none",
      { traffic: { contentSecurityPolicy: { extend: { "script-source": ["https://cdn.test"] } } } },
      'traffic.contentSecurityPolicy.extend.script-source is ["https://cdn.test"], but there is no such setting (did you mean "script-src"?); allowed here: connect-src, font-src, form-action, frame-ancestors, frame-src, img-src, media-src, script-src, style-src, worker-src',
    ],
  ])("says what is allowed instead of %s", (_, overrides, line) => {
    expect(problems("dev", overrides)).toEqual([`  - ${line}`]);
  });

  it("says what is missing", () => {
    expect(problems("dev", { state: { kind: "s3" } })).toEqual([
      "  - state.bucket is missing: it must be the name of an S3 bucket",
    ]);
  });

  it("cuts a value that is too long to read", () => {
    const [line = ""] = problems("dev", { region: "x".repeat(500) });
    expect(line).toContain(`"${"x".repeat(116)}...: it must be an AWS region`);
  });

  it("lists every problem at once", () => {
    expect(
      problems("dev", { region: "Virginia", network: { nat: "two" }, ai: { replicas: { min: 0 } }, typo: 1 }),
    ).toHaveLength(4);
    expect(problems("prod", { network: { nat: "single" }, platform: { replicas: 1 } })).toHaveLength(2);
  });
});

describe("merging overrides", () => {
  it("keeps the rest of a group", () => {
    const { network } = loadEnvironment("dev", { overrides: { network: { nat: "none" } } });
    expect(network).toEqual({ cidr: "10.0.0.0/16", nat: "none", flowLogRetentionDays: 7 });
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
  afterEach(() => {
    rmSync(folder, { recursive: true });
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

  it("refuses a local file that is not valid JSON", () => {
    local("{ tags: ");
    expect(() => currentEnvironment({}, folder)).toThrow(EnvironmentError);
    expect(() => currentEnvironment({}, folder)).toThrow(
      /^The environment "dev" is not valid: environments\/dev\.local\.json is not valid JSON \(.+\)\.$/,
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
