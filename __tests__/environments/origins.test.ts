import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentEnvironment, layersOf } from "../../environments";
import { resolved } from "../../environments/origins";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-origins-"));
});

it("says of each setting where its value comes from", () => {
  writeFileSync(join(folder, "dev.local.json"), '{"domain":{"host":"a.test"},"ai":{"image":{"tag":"v1"}}}');
  const env = { WBOT_ENV: "dev", WBOT_IMAGE_TAG: "ai=v2" };
  const all = resolved(currentEnvironment(env, folder), layersOf("dev", env, folder));
  const of = (path: string) => all.find((each) => each.path === path);
  expect(of("tier")).toEqual({ path: "tier", value: "development", from: "environments/dev.ts" });
  expect(of("domain.host")).toEqual({
    path: "domain.host",
    value: "a.test",
    from: "environments/dev.local.json",
  });
  expect(of("ai.image.tag")).toEqual({ path: "ai.image.tag", value: "v2", from: "WBOT_IMAGE_TAG" });
  expect(of("web.image.tag")?.from).toBe("not set");
  expect(of("network.cidr")).toEqual({ path: "network.cidr", value: "10.0.0.0/16", from: "default" });
  expect(of("account")).toEqual({ path: "account", value: undefined, from: "not set" });
  // Settings of kinds that are not chosen.
  expect(of("state.bucket")).toBeUndefined();
  expect(of("redis.storageGiB")).toBeUndefined();
});

it("names no file whose group a later one of another kind replaces, even if both kinds have the setting", () => {
  const from = (local: object) => {
    writeFileSync(join(folder, "staging.local.json"), JSON.stringify({ observability: local }));
    const env = { WBOT_ENV: "staging" };
    const all = resolved(currentEnvironment(env, folder), layersOf("staging", env, folder));
    return all.find(({ path }) => path === "observability.logs.retentionDays");
  };
  const path = "observability.logs.retentionDays";
  expect(from({ logs: { kind: "loki" } })).toEqual({ path, value: 30, from: "default" });
  expect(from({ logs: { kind: "cloudwatch" } })).toEqual({
    path,
    value: 7,
    from: "environments/staging.ts",
  });
  expect(from({ logs: { kind: "loki", retentionDays: 90 } })).toEqual({
    path,
    value: 90,
    from: "environments/staging.local.json",
  });
});
