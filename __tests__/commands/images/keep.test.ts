import { BatchGetImageCommand, ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { mockClient } from "aws-sdk-client-mock";
import { keepImages } from "../../../commands/images/keep";
import { olderImages, runningImage } from "../../../commands/images/running";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

jest.mock("../../../commands/images/running", () => ({
  ...jest.requireActual("../../../commands/images/running"),
  runningImage: jest.fn(),
  olderImages: jest.fn(),
}));

const ecr = mockClient(ECRClient);
const session = new Session(loadEnvironment("prod"));
const REPOSITORY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai";
const digest = (n: number) => `sha256:${String(n).repeat(64)}`;
const image = (n: number) => ({
  imageManifest: JSON.stringify({ n }),
  imageManifestMediaType: "application/vnd.oci.image.index.v1+json",
  imageId: { imageDigest: digest(n) },
});

/** Images by tag or digest: the number of each. */
function has(images: Readonly<Record<string, number>>) {
  ecr.on(BatchGetImageCommand).callsFake(({ imageIds: [id] }) => {
    const n = images[id.imageTag ?? id.imageDigest];
    return { images: n === undefined ? [] : [image(n)] };
  });
}
const put = () =>
  ecr
    .commandCalls(PutImageCommand)
    .map(({ args: [{ input }] }) => [input.imageTag, JSON.parse(input.imageManifest ?? "").n as number]);

beforeEach(() => {
  ecr.reset();
  jest.mocked(olderImages).mockResolvedValue([]);
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

it("tags what runs first where it has only the other tag, after a rollback: each call may be the last", async () => {
  has({ [digest(2)]: 2, "running-prod": 3, "previous-prod": 2 });
  await keepImages(session);
  expect(put()).toEqual([
    ["running-prod", 2],
    ["previous-prod", 3],
  ]);
});

describe("pods of an older image, which serve while a new one doesn't start", () => {
  it.each([
    ["keep its tag, whatever was deployed in between", "previous-prod", [["running-prod", 2]]],
    [
      "get one, even if the run that deployed it was killed before it could tag",
      "no-longer",
      [
        ["previous-prod", 1],
        ["running-prod", 2],
      ],
    ],
  ])("%s", async (_, tag, tags) => {
    has({ [digest(2)]: 2, [digest(1)]: 1, "running-prod": 3, [tag]: 1 });
    // In another repository, whose tags stay.
    const elsewhere = `111122223333.dkr.ecr.us-east-1.amazonaws.com/other@${digest(3)}`;
    const older = [elsewhere, `${REPOSITORY}@${digest(2)}`, `${REPOSITORY}:v1@${digest(1)}`];
    jest
      .mocked(olderImages)
      .mockImplementation((_session, key) => Promise.resolve(key === "ai" ? older : []));
    await keepImages(session);
    expect(put()).toEqual(tags);
  });
});

describe("in the regions of registry.copies", () => {
  const copied = new Session({
    ...session.environment,
    registry: { ...session.environment.registry, copies: ["us-west-2"] },
  });
  /** The regions whose ECR was told to tag. */
  const regions = () =>
    Promise.all(
      ecr.commandCalls(PutImageCommand).map(({ thisValue }) => (thisValue as ECRClient).config.region()),
    );

  it("tags the same images, which a twin would run", async () => {
    has({ [digest(2)]: 2, "running-prod": 1 });
    expect(await keepImages(copied)).toEqual([]);
    expect(put().sort()).toEqual([
      ["previous-prod", 1],
      ["previous-prod", 1],
      ["running-prod", 2],
      ["running-prod", 2],
    ]);
    expect((await regions()).sort()).toEqual(["us-east-1", "us-east-1", "us-west-2", "us-west-2"]);
  });

  it("leaves them alone if the image is in a repository that has no copies", async () => {
    const shared = `111122223333.dkr.ecr.us-east-1.amazonaws.com/shared/wbot-ai@${digest(2)}`;
    jest.mocked(runningImage).mockResolvedValue(shared);
    has({ [digest(2)]: 2 });
    expect(await keepImages(copied)).toEqual([]);
    expect(new Set(await regions())).toEqual(new Set(["us-east-1"]));
  });

  it("warns where the image was not pushed to one", async () => {
    has({});
    expect(await keepImages(copied)).toMatchObject([
      {
        check: "images",
        status: "warn",
        why: "wbot-ai: the running image could not be tagged in us-west-2 (there is no such image), so its repository may lack it when it is next pulled",
      },
    ]);
    expect(put()).toEqual([]);
  });
});

it("warns where it may not tag: the deploy itself is done", async () => {
  has({ [digest(2)]: 2 });
  ecr.on(PutImageCommand).rejects(sdkError("AccessDeniedException", "not authorized: ecr:PutImage"));
  expect(await keepImages(session)).toMatchObject([
    {
      check: "images",
      status: "warn",
      why: "wbot-ai: the running image could not be tagged (not authorized: ecr:PutImage), so its repository may lack it when it is next pulled",
    },
  ]);
});
