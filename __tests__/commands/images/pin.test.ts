import { BatchGetImageCommand, ECRClient } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { pin } from "../../../commands/images/pin";
import { loadEnvironment, type Overrides } from "../../../environments";
import { sdkError } from "../sdk-error";
import { Session } from "../../../commands/session/session";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER = `sha256:${"b".repeat(64)}`;
const ecr = mockClient(ECRClient);
const sts = mockClient(STSClient);
beforeEach(() => {
  process.env["WBOT_IMAGE_TAG"] = "ai=v1";
  for (const mock of [ecr, sts]) mock.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333" });
  ecr
    .on(BatchGetImageCommand)
    .resolves({ images: [{ imageManifest: "{}", imageId: { imageDigest: DIGEST } }] });
});

afterEach(() => {
  delete process.env["WBOT_IMAGE_TAG"];
  jest.restoreAllMocks();
});

const dev = (ai: Overrides, more: Overrides = {}) =>
  new Session(loadEnvironment("dev", { overrides: { ai: { image: ai }, ...more } }));
const registry = () => jest.spyOn(globalThis, "fetch");

it("adds a tag's digest from ECR, by default in the caller's account", async () => {
  const { session, warnings } = await pin(dev({ tag: "v1" }));
  expect(session.environment.ai.image).toEqual({ tag: "v1", digest: DIGEST });
  expect(warnings).toEqual([]);
  expect(ecr.commandCalls(BatchGetImageCommand)[0]?.args[0].input).toMatchObject({
    registryId: "111122223333",
    repositoryName: "dev/wbot-ai",
    imageIds: [{ imageTag: "v1" }],
  });
});

it("adds a tag's digest from another registry", async () => {
  const asked = registry().mockResolvedValue(
    new Response(null, { headers: { "docker-content-digest": DIGEST } }),
  );
  const { session } = await pin(dev({ repository: "ghcr.io/acme/ai", tag: "v1" }));
  expect(session.environment.ai.image).toEqual({ repository: "ghcr.io/acme/ai", tag: "v1", digest: DIGEST });
  expect(asked.mock.calls).toEqual([
    ["https://ghcr.io/v2/acme/ai/manifests/v1", expect.objectContaining({ method: "HEAD" })],
  ]);
});

it("doesn't look up images that were not given for this deploy, or have a digest", async () => {
  const given = dev({ tag: "v1" }, { web: { image: { tag: "v2", digest: OTHER } } });
  for (const named of ["", `web=v2@${OTHER}`]) {
    process.env["WBOT_IMAGE_TAG"] = named;
    expect((await pin(given)).session).toBe(given);
  }
  expect(ecr.calls()).toHaveLength(0);
});

describe("leaves the tag as it is, and warns,", () => {
  const warned = async (ai: Overrides) => {
    const given = dev(ai);
    const { session, warnings } = await pin(given);
    expect(session).toBe(given);
    return warnings.map(({ check, status, why }) => [check, status, why]);
  };
  const elsewhere = { repository: "ghcr.io/acme/ai", tag: "v1" };
  const because = (why: string, image = "ghcr.io/acme/ai:v1") => [
    [
      "images",
      "warn",
      `the digest of ${image} can't be looked up (${why}): deploying by its tag, which may move`,
    ],
  ];

  it.each([
    ["if the registry requires credentials", new Response(null, { status: 401 }), "it requires credentials"],
    ["where the registry lacks it", new Response(null, { status: 404 }), "there is no such image"],
    ["if the registry reports no digest", new Response(null), "its registry reports none"],
  ])("%s", async (_, response, why) => {
    registry().mockResolvedValue(response);
    expect(await warned(elsewhere)).toEqual(because(why));
  });

  it("where the registry can't be reached, which is not AWS", async () => {
    registry().mockRejectedValue(Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" }));
    expect(await warned(elsewhere)).toEqual(because("a server can't be reached (ENOTFOUND)"));
  });

  it("where ECR refuses to say", async () => {
    const why = "not authorized: ecr:BatchGetImage";
    ecr.on(BatchGetImageCommand).rejects(sdkError("AccessDeniedException", why));
    expect(await warned({ tag: "v1" })).toEqual(because(why, "dev/wbot-ai:v1"));
  });
});
