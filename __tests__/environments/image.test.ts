import { imageOf, isNamed, versionOf } from "../../environments/image";
import { metadata, NAMED, synth } from "../synth";

const OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai";
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an image", () => {
  it.each([
    ["a tag", { tag: "v1" }, `${OWN}:v1`],
    ["a digest", { digest: DIGEST }, `${OWN}@${DIGEST}`],
    ["both, of which the digest decides", { tag: "v1", digest: DIGEST }, `${OWN}:v1@${DIGEST}`],
    ["another repository", { repository: "ghcr.io/acme/ai", tag: "v1" }, "ghcr.io/acme/ai:v1"],
  ])("can be named by %s", (_, image, reference) => {
    expect(imageOf(image, OWN)).toBe(reference);
  });

  it.each([
    ["its tag", { tag: "v0.1.0" }, "v0.1.0"],
    ["its tag although a digest is given", { tag: "v0.1.0", digest: DIGEST }, "v0.1.0"],
    ["the start of its digest", { digest: DIGEST }, "0123456789ab"],
    ["what a label holds of a long tag", { tag: "a".repeat(128) }, "a".repeat(63)],
    ["a tag cut before a dot at its end", { tag: `${"a".repeat(62)}.b` }, "a".repeat(62)],
    ["a tag without the underscore that a label may not begin with", { tag: "_dev-" }, "dev"],
  ])("has as its version %s", (_, image, version) => {
    expect(versionOf(image)).toBe(version);
    expect(versionOf(image)).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
  });
});

it.each([
  ["a tag", { tag: "v1" }, true],
  ["a digest", { digest: DIGEST }, true],
  ["a repository alone", { repository: "ghcr.io/acme/ai" }, false],
  ["nothing", {}, false],
])("is named by %s or not", (_, image, named) => {
  expect(isNamed(image)).toBe(named);
});

describe("the images that run", () => {
  const containers = (app: ReturnType<typeof synth>["app"], id: string) =>
    app.one("kubernetes_deployment_v1", id).body["spec"].template.spec.container;

  it.each([
    ["prod", "wbot-ai", ""],
    ["prod", "wbot-web", ""],
    ["dev", "wbot-ai", "dev/"],
    ["staging", "wbot-web", "staging/"],
  ])("come, in %s, from %s's own repository in infra", (name, id, namespace) => {
    const { infra } = synth(name);
    const { app } = synth(name, NAMED);
    const account = `\${${app.one("data.aws_caller_identity").address}.account_id}`;
    expect(infra.of("aws_ecr_repository").map(({ body }) => body["name"] as string)).toContain(
      `${namespace}${id}`,
    );
    expect(containers(app, id)[0].image).toBe(
      `${account}.dkr.ecr.us-east-1.amazonaws.com/${namespace}${id}:v0.1.0`,
    );
  });

  it("come from the configured repository, with the configured version", () => {
    const { app } = synth("prod", {
      ai: { image: { repository: "ghcr.io/acme/ai", tag: "v0.1.0", digest: DIGEST } },
    });
    expect(containers(app, "wbot-ai")[0].image).toBe(`ghcr.io/acme/ai:v0.1.0@${DIGEST}`);
    expect(
      metadata(app.one("kubernetes_deployment_v1", "wbot-ai"))["labels"]["app.kubernetes.io/version"],
    ).toBe("v0.1.0");
  });
});
