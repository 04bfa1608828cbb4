import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentEnvironment } from "../../environments";
import { namedByTag } from "../../environments/image-tags";
import { EVERY_TAG } from "../../environments/services";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-image-tags-"));
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
