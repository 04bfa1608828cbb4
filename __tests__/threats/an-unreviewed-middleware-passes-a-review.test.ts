import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { refuseUnreviewed, reviewedDiff } from "../../commands/deploy/reviewed";
import type { Plan } from "../../commands/plan/plan";
import { loadEnvironment } from "../../environments";
import { changesOf, FOLDER, plan, update } from "../commands/plan/plans";

/**
 * Where infra changes what app's plan reads, custom resources were compared by address and action: a limit of 10 that was
 * reviewed could become one of 1,000,000.
 */

const limit = (average: number, object = {}) =>
  update(
    "kubernetes_manifest.m",
    { manifest: { kind: "Middleware", spec: { average: 5 } } },
    { manifest: { kind: "Middleware", spec: { average } }, object },
  );

const redisUrl = (url: string) =>
  update(
    "kubernetes_manifest.m",
    { manifest: { kind: "ExternalSecret", spec: { REDIS_URL: "redis://{{ .redisHost }}" } } },
    { manifest: { kind: "ExternalSecret", spec: { REDIS_URL: url } } },
  );

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-reviewed-"));
});

function deploy(planned: ReturnType<typeof limit>, reviewed = limit(10)): void {
  const environment = loadEnvironment("dev");
  const changes = changesOf(FOLDER, plan(reviewed));
  const app = { stack: "app", source: "plan", changes };
  const file = join(folder, "diff.json");
  writeFileSync(file, JSON.stringify({ version: 3, environment: "dev", stacks: [app] }));
  refuseUnreviewed(reviewedDiff(file, environment, ["app"]), {
    folder: { stack: "app" },
    changes: changesOf(FOLDER, plan(planned)),
  } as unknown as Plan);
}

it("another value is refused", () => {
  expect(() => {
    deploy(limit(1_000_000));
  }).toThrow("kubernetes_manifest.m (Middleware): update of ");
});

it.each([
  "rediss://:{{ .redisPassword | urlquery }}@evil.test",
  "https://evil.test/{{ .SUPABASE_SERVICE_KEY }}",
])("so is another template of a secret: %s", (url) => {
  expect(() => {
    deploy(redisUrl(url), redisUrl("rediss://:{{ .redisPassword | urlquery }}@{{ .redisHost }}"));
  }).toThrow("kubernetes_manifest.m (ExternalSecret): update of ");
});

it.each([`rules: '{"a": 1}'`, `rules: '["a"]'`, 'password: ""'])(
  "so is other content of a file without a secret: %s",
  (line) => {
    const file = (level: string) =>
      update(
        "kubernetes_config_map_v1.c",
        { data: {} },
        { data: { "a.yaml": `level: ${level}\n${line}\n` } },
      );
    expect(() => {
      deploy(file("debug"), file("info"));
    }).toThrow("kubernetes_config_map_v1.c (kubernetes_config_map_v1): update of ");
  },
);

it("what the cluster makes of the same one may differ", () => {
  expect(() => {
    deploy(limit(10, { metadata: { uid: "x" } }));
  }).not.toThrow();
});
