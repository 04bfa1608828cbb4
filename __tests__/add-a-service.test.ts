import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WRITTEN } from "../tools/settings-table";
import { loadEnvironment } from "../environments";
import { SERVICE_KEYS } from "../environments/services";
import { commandsIn } from "./docs/command-lines";
import { allowed, INTERNET, pods, STRANGER, TRAEFIK } from "./connections";
import { custom, metadata, WrittenStack, type Body, type Written } from "./synth";
import type { Facts } from "./third-service";
import { TYPESCRIPT } from "./typescript";

/** docs/add-a-service.md does what it says: its diffs are applied to a copy of the project, which is then built. */

const PROJECT = join(__dirname, "..");
const COPIED = [
  ...[".github", "commands", "constructs", "docs", "environments", "locks", "stacks", "tools"],
  ...["__tests__/third-service.ts", "README.md", "package.json", "tsconfig.json"],
];
const SHIPPED = "environments/shipped";
/** Nobody reads it. */
const SCHEMA = "environments/settings.schema.json";
const page = readFileSync(join(PROJECT, "docs", "add-a-service.md"), "utf8");
const [worker = "", http = ""] = page
  .split("## If it serves HTTP")
  .map((part) => [...part.matchAll(/^```diff\n([\s\S]*?)^```$/gm)].map(([, diff]) => diff).join(""));

/**
 * Where the copies are, and stay: below the project, whose packages they find there, and always the same, so that what was
 * compiled of them is kept.
 */
const FOLDER = join(PROJECT, "node_modules", ".cache", "wbot", "third-service");
/** Loads both copies in one process, since most of the time goes into packages. The first is tested whole. */
const BUILD = `for (const [index, copy] of process.argv.slice(1).entries())
  console.log(JSON.stringify(require(copy + "/__tests__/third-service.ts").built(copy + "/out", index === 0)));`;

let withWorker: Copy;
let withHttp: Copy;
beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  const copies = [copied("worker", worker), copied("http", worker, http)];
  const lines = run("node", [...TYPESCRIPT, "--eval", BUILD, ...copies], { cwd: PROJECT })
    .trim()
    .split("\n");
  [withWorker, withHttp] = lines.map((line, index) => opened(copies[index] ?? "", line)) as [Copy, Copy];
}, 120_000);

/** A copy of the project, with the diffs applied. */
function copied(name: string, ...diffs: readonly string[]): string {
  const copy = join(FOLDER, name);
  const filter = (path: string) => !path.endsWith(".local.json");
  for (const each of COPIED) cpSync(join(PROJECT, each), join(copy, each), { recursive: true, filter });
  // The page's diffs are of the environments as shipped.
  for (const file of readdirSync(join(copy, SHIPPED))) {
    const text = readFileSync(join(copy, SHIPPED, file), "utf8");
    writeFileSync(join(copy, "environments", file), text.replaceAll('from "../', 'from "./'));
  }
  writeFileSync(join(copy, "project.ts"), `export const PROJECT = ${JSON.stringify(copy)};\n`);
  // Inside another repository git would take the diffs for that one's, and skip what lies elsewhere in it.
  const env = { PATH: process.env["PATH"], GIT_CEILING_DIRECTORIES: FOLDER };
  for (const diff of diffs) run("git", ["apply"], { cwd: copy, input: diff, env });
  return copy;
}

function run(program: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: "utf8" });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} ended with ${String(status)}:\n${stderr}`);
}

interface Copy extends Written {
  readonly facts: Facts;
  /** dev's stacks, with Redis in the cluster, of the worker alone; the others are prod's. */
  readonly dev: Written;
  readonly read: (file: string) => string;
}

function opened(copy: string, line: string): Copy {
  const stack = (environment: string, name: string) =>
    new WrittenStack(join(copy, "out", environment, "stacks", name, "cdk.tf.json"));
  const stacks = (environment: string) => ({
    infra: stack(environment, "infra"),
    app: stack(environment, "app"),
    warnings: [],
  });
  return {
    ...stacks("prod"),
    get dev() {
      return stacks("dev");
    },
    facts: JSON.parse(line) as Facts,
    read: (file) => readFileSync(join(copy, file), "utf8"),
  };
}

/** Files that the worker's diffs and `npx wbot settings` change, and how many lines each, added or taken out. */
function changes(): ReadonlyMap<string, number> {
  const edited = [...worker.matchAll(/^\+\+\+ b\/(.*)\n([^]*?)(?=^diff|(?![^]))/gm)].map(
    ([, file = "", hunks = ""]) => [file, hunks.match(/^[+-]/gm)?.length ?? 0] as const,
  );
  const linesOf = (file: string) => {
    const files = [join(PROJECT, file), join(FOLDER, "worker", file)];
    const { stdout } = spawnSync("git", ["diff", "--no-index", "--numstat", ...files], { encoding: "utf8" });
    const [added = 0, removed = 0] = stdout.split("\t", 2).map(Number);
    return added + removed;
  };
  return new Map([...edited, ...WRITTEN.map(({ file }) => [file, linesOf(file)] as const)]);
}

const container = ({ body }: { readonly body: Body }) => body["spec"].template.spec.container[0] as Body;

describe("a worker", () => {
  it("is added by no more than the page says", () => {
    const { [SCHEMA]: generated, ...others } = Object.fromEntries(changes());
    const lines = Object.values(others);
    const sum = lines.reduce((all, each) => all + each, 0);
    expect(lines).not.toContain(0);
    expect(page).toContain(
      `That makes ${lines.length} files and ${sum} lines, besides ${generated} generated lines of \`${SCHEMA}\``,
    );
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(sum).toBeLessThanOrEqual(100);
  });

  it("keeps its queue where it lasts: Redis is a cache", () => {
    expect(page).not.toMatch(/queue in Redis/);
  });

  it("is deployed before it is merged, where CI deploys: without a running image, CI can't plan app", () => {
    const [, section = ""] = page.split("## Deploy it");
    const [, ci = ""] = (section.split(/^## /m)[0] ?? "").split("If GitHub Actions deploys");
    const commands = commandsIn(ci);
    expect(commands.map((words) => words.join(" "))).toEqual([
      "npx wbot bootstrap --env dev",
      "npx wbot deploy --env dev --image-tag ingest=<tag>",
    ]);
    const { body } = withWorker.app.one("kubernetes_deployment_v1", "wbot-ingest");
    expect(body["lifecycle"].precondition).toEqual([
      expect.objectContaining({ error_message: expect.stringContaining("wbot-ingest has no image") }),
    ]);
  });

  it("has its settings, its images and its room", () => {
    const { facts, app, read } = withWorker;
    expect(read("docs/settings.md").match(/^\| `ingest\./gm)).toHaveLength(15);
    expect(facts.services).toEqual([...SERVICE_KEYS, "ingest"]);
    expect(facts.shortfalls).toEqual([]);
    expect(facts.wanted).toBe("111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ingest:3f2c1e9");
    expect(facts.tags).toMatch(/,ingest=v1$/);
    expect(facts.help).toContain(",ingest=<tag>");
    expect(read(".github/workflows/image.yml")).toContain(`options: [${facts.services.join(", ")}]`);
    expect(facts.parts).toContain("wbot-ingest");
    const max = SERVICE_KEYS.reduce((all, key) => all + loadEnvironment("prod")[key].replicas.max, 10);
    expect(app.one("kubernetes_resource_quota_v1").body["spec"].hard.pods).toBe(String(2 * max + 4));
  });

  it("has an image repository, on which CI's roles have rights", () => {
    const { facts, infra, read } = withWorker;
    expect(infra.one("aws_ecr_repository", "wbot-ingest").body["name"]).toBe("wbot-ingest");
    for (const type of ["aws_ecr_repository", "aws_ecr_lifecycle_policy"])
      expect(read("docs/recovery.md")).toContain(
        `import ${infra.one(type, "wbot-ingest").address} wbot-ingest`,
      );
    expect(Object.keys(infra.json["output"] as object)).toContain("wbot_ingest_repository_url");
    const arn = "arn:aws:ecr:us-east-1:111122223333:repository/wbot-ingest";
    const policies = Object.entries(facts.rights).filter(([, arns]) => arns.includes(arn));
    expect(policies.map(([policy]) => policy)).toEqual(["wbot-prod-ci-data", "wbot-prod-ci-platform"]);
  });

  it("is watched, verified, rolled back and rehearsed, and passes the policy", () => {
    const { facts } = withWorker;
    expect(facts.workloads).toContain("Deployment wbot-ingest");
    expect(facts.rolledBack).toBe("v1");
    expect(facts.standIn).toContain("signal.pause()");
    expect(facts.skips).toEqual(["CKV_K8S_43", "CKV_K8S_15", "CKV_K8S_8", "CKV_K8S_9"]);
  });

  it("runs without a port, probes or a Service", () => {
    const { facts, app } = withWorker;
    const deployment = app.one("kubernetes_deployment_v1", "wbot-ingest");
    for (const key of ["port", "liveness_probe", "readiness_probe", "lifecycle"])
      expect(container(deployment)).not.toHaveProperty(key);
    expect(() => custom(app, "Service", "wbot-ingest")).toThrow("no Service");
    for (const type of ["horizontal_pod_autoscaler_v2", "network_policy_v1"])
      expect(app.of(`kubernetes_${type}`).map((each) => metadata(each)["name"])).toContain("wbot-ingest");
    custom(app, "PodDisruptionBudget", "wbot-ingest-pods");
    app.one("kubernetes_service_account_v1", "wbot-ingest");
    expect(Object.keys(app.one("kubernetes_config_map_v1", "wbot-ingest").body["data"] as object)).toEqual([
      "DATABASE_POOL_SIZE",
      "ENVIRONMENT",
      "HF_HOME",
      "HOME",
      "PUBLIC_URL",
      "PYTHONDONTWRITEBYTECODE",
      "PYTHONUNBUFFERED",
      "SUPABASE_URL",
      "TIKTOKEN_CACHE_DIR",
      "XDG_CACHE_HOME",
    ]);
    // 30 and 10 seconds; nothing has to hear that it goes.
    expect(facts.termination).toBe(40);
    expect(deployment.body["spec"].template.spec.termination_grace_period_seconds).toBe(40);
  });

  it("has its secrets and Redis, whose alarm counts it", () => {
    const { infra, app, dev } = withWorker;
    const { target } = custom(app, "ExternalSecret", "wbot-ingest-secrets").body["manifest"].spec;
    expect(Object.keys(target.template.data as object)).toEqual(["DATABASE_URL", "REDIS_URL"]);
    const redis = dev.app.one("kubernetes_stateful_set_v1");
    expect(dev.app.isAfter(dev.app.one("kubernetes_deployment_v1", "wbot-ingest"), redis)).toBe(true);
    const [alarm] = infra
      .of("aws_cloudwatch_metric_alarm")
      .filter(({ body }) => body["metric_name"] === "CurrConnections");
    expect(alarm?.body["alarm_description"]).toContain("pods of the backend and the worker that reads");
  });

  it("may talk to Redis, the database and HTTPS; nothing may talk to it", () => {
    const { dev } = withWorker;
    const ingest = pods(dev.app, "wbot-ingest");
    const redis = pods(dev.app, "wbot-redis");
    expect([6379, 443].map((port) => allowed(dev, ingest, redis, port))).toEqual([true, false]);
    expect([443, 5432, 80].map((port) => allowed(dev, ingest, INTERNET, port))).toEqual([true, true, false]);
    for (const from of [TRAEFIK, pods(dev.app, "wbot-ai"), pods(dev.app, "wbot-web"), STRANGER])
      expect([8000, 8080].map((port) => allowed(dev, from, ingest, port))).toEqual([false, false]);
  });
});

describe("a service that answers HTTP", () => {
  it("has a port, both probes and a Service, and nothing of a worker's", () => {
    const { facts, app } = withHttp;
    expect(container(app.one("kubernetes_deployment_v1", "wbot-ingest"))).toMatchObject({
      port: [{ container_port: 8080 }],
      liveness_probe: { http_get: { path: "/ready", port: "http" } },
      readiness_probe: { http_get: { path: "/ready", port: "http" } },
    });
    expect(app.one("kubernetes_config_map_v1", "wbot-ingest").body["data"].PORT).toBe("8080");
    expect(custom(app, "Service", "wbot-ingest").body["manifest"].spec.ports[0].port).toBe(8080);
    // 10 more, in which Traefik hears that it goes.
    expect(facts.termination).toBe(50);
    expect(facts.skips).toEqual(["CKV_K8S_43", "CKV_K8S_15"]);
    expect(facts.standIn).toContain('"/ready"');
  });

  it("is reached by Traefik alone, at its own route", () => {
    const { app } = withHttp;
    const ingest = pods(app, "wbot-ingest");
    expect(allowed(withHttp, TRAEFIK, ingest, 8080)).toBe(true);
    expect(allowed(withHttp, pods(app, "wbot-web"), ingest, 8080)).toBe(false);
    const route = app.one("kubernetes_ingress_v1", "ingress/documents-route");
    expect(route.body["spec"].rule[0].http.path).toMatchObject([
      { path: "/documents", backend: { service: { name: "wbot-ingest", port: { number: 8080 } } } },
    ]);
    expect(app.isAfter(route, app.one("kubernetes_deployment_v1", "wbot-ingest"))).toBe(true);
  });
});
