import { BatchGetImageCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { mockClient } from "aws-sdk-client-mock";
import { keepImages } from "../../../commands/images/keep";
import { runningImage } from "../../../commands/images/running";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

jest.mock("../../../commands/images/running", () => ({
  ...jest.requireActual("../../../commands/images/running"),
  runningImage: jest.fn(),
}));

const ecr = mockClient(ECRClient);
const session = new Session(loadEnvironment("prod"));
const REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai";
const digest = (n: number) => `sha256:${String(n).repeat(64)}`;
const manifest = (n: number) => JSON.stringify({ mediaType: "application/vnd.oci.image.index.v1+json", n });

/** Images by tag or digest: the number of each. */
function has(images: Readonly<Record<string, number>>) {
  ecr.on(BatchGetImageCommand).callsFake(({ imageIds: [id] }) => {
    const n = images[id.imageTag ?? id.imageDigest];
    return n === undefined
      ? { images: [] }
      : { images: [{ imageManifest: manifest(n), imageId: { imageDigest: digest(n) } }] };
  });
}
const put = () =>
  ecr
    .commandCalls(PutImageCommand)
    .map(({ args: [{ input }] }) => [input.imageTag, JSON.parse(input.imageManifest ?? "").n as number]);

beforeEach(() => {
  ecr.reset();
  ecr.on(PutImageCommand).resolves({});
  jest
    .mocked(runningImage)
    .mockImplementation((_, key) =>
      Promise.resolve(key === "ai" ? `${REPOSITORY}:v2@${digest(2)}` : "registry.test/wbot-web:v2"),
    );
});

it("tags what runs and what ran before, so that the lifecycle keeps both", async () => {
  has({ [digest(2)]: 2, "running-prod": 1 });
  expect(await keepImages(session)).toEqual([]);
  expect(put()).toEqual([
    ["previous-prod", 1],
    ["running-prod", 2],
  ]);
  expect(ecr.commandCalls(PutImageCommand)[0]?.args[0].input).toMatchObject({
    registryId: "111122223333",
    repositoryName: "wbot-ai",
    imageManifestMediaType: "application/vnd.oci.image.index.v1+json",
  });
});

it("tags only what runs on a first deploy", async () => {
  has({ [digest(2)]: 2 });
  await keepImages(session);
  expect(put()).toEqual([["running-prod", 2]]);
});

it("keeps the previous one when a deploy changes no image", async () => {
  has({ [digest(2)]: 2, "running-prod": 2, "previous-prod": 1 });
  await keepImages(session);
  expect(put()).toEqual([]);
});

it("warns where it may not tag: the deploy itself is done", async () => {
  has({ [digest(2)]: 2 });
  ecr.on(PutImageCommand).rejects(sdkError("AccessDeniedException", "not authorized: ecr:PutImage"));
  expect(await keepImages(session)).toEqual([
    {
      check: "images",
      status: "warn",
      why: "wbot-ai: the running image could not be tagged (not authorized: ecr:PutImage), so newer images may push it out of its repository",
    },
  ]);
});
