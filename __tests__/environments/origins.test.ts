import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentEnvironment, layersOf } from "../../environments";
import { namedByTag } from "../../environments/image-tags";
import { EVERY_TAG } from "../../environments/services";
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
  // Of kinds that are not chosen.
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

const notTags = (tags: string) =>
  `WBOT_IMAGE_TAG (--image-tag) is "${tags}": it must be "${EVERY_TAG}", or some of these; a tag may include its digest, "<tag>@sha256:<64 hexadecimal digits>".`;

it.each([
  ["backend=v1", notTags("backend=v1")],
  ["ai=v1,ai=v2", notTags("ai=v1,ai=v2")],
  ["ai=", notTags("ai=")],
  ["ai=v1@sha256:12", notTags("ai=v1@sha256:12")],
  ["ai=latest", 'ai.image.tag is "latest": it must be an image tag'],
])("refuses the image tags %s", (tags, message) => {
  expect(() => currentEnvironment({ WBOT_IMAGE_TAG: tags }, folder)).toThrow(message);
});

it("takes a digest with a tag or alone, over the one that the settings have", () => {
  const [digest, other] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
  writeFileSync(join(folder, "dev.local.json"), JSON.stringify({ ai: { image: { digest: other } } }));
  const env = { WBOT_IMAGE_TAG: `ai=v2@${digest}, web=@${digest}` };
  const { ai, web } = currentEnvironment(env, folder);
  expect(ai.image).toEqual({ tag: "v2", digest });
  expect(web.image).toEqual({ digest });
  expect(namedByTag(env)).toEqual(["ai", "web"]);
  expect(namedByTag({ WBOT_IMAGE_TAG: "" })).toEqual([]);
});

it("refuses a tag that a digest would win over", () => {
  writeFileSync(
    join(folder, "dev.local.json"),
    JSON.stringify({ ai: { image: { digest: `sha256:${"0".repeat(64)}` } } }),
  );
  expect(() => currentEnvironment({ WBOT_IMAGE_TAG: "ai=v2" }, folder)).toThrow(
    'WBOT_IMAGE_TAG gives ai a tag, but ai.image.digest is set in the environment "dev" and overrides every tag: remove the digest first.',
  );
});
