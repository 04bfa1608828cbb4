import { ECRClient, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { CommandError } from "../../../commands/cli/exit-codes";
import { refuseImagesInUse } from "../../../commands/destroy/images-in-use";
import { runningImages } from "../../../commands/images/running";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";

jest.mock("../../../commands/images/running", () => ({
  ...jest.requireActual("../../../commands/images/running"),
  runningImages: jest.fn(),
}));

const ecr = mockClient(ECRClient);
const running = jest.mocked(runningImages);
const sts = mockClient(STSClient);
beforeEach(() => {
  sts.reset();
  sts.on(GetCallerIdentityCommand).resolves({ Account: "111122223333", Arn: "me" });
  ecr.reset();
  running.mockReset().mockResolvedValue({});
});

const repository = (name: string, region?: string) => ({
  address: `aws_ecr_repository.${name}`,
  mode: "managed",
  type: "aws_ecr_repository",
  change: { actions: ["delete"], before: { name, region }, after: null, after_unknown: {} },
});
const GONE = [repository("wbot-ai"), repository("wbot-ai", "us-west-2")];
const prod = new Session(loadEnvironment("prod"));
const refuse = () => refuseImagesInUse(prod, GONE);

/** The tags in the second page of the copies' list. */
function tagged(...tags: string[]): void {
  const page = { repositoryName: "wbot-ai", filter: { tagStatus: "TAGGED" as const } };
  ecr.on(DescribeImagesCommand).callsFake(async (input: object, getClient: () => ECRClient) => {
    if ((await getClient().config.region()) === "us-east-1")
      return { imageDetails: [{ imageTags: ["running-prod"] }] };
    expect(input).toMatchObject(page);
    return "nextToken" in input && input.nextToken === "more"
      ? { imageDetails: [{ imageTags: tags }, {}] }
      : { imageDetails: [{ imageTags: ["3f2c1e9"] }], nextToken: "more" };
  });
}

it("refuses to delete the copies that a serving twin runs from", async () => {
  tagged("running-prod-west", "previous-dev", "running-prod");
  running.mockResolvedValue({ ai: "111122223333.dkr.ecr.us-west-2.amazonaws.com/wbot-ai:3f2c1e9" });
  await expect(refuse()).rejects.toThrow(
    new CommandError(
      [
        "Nothing was destroyed: repositories would be deleted whose images other environments run:",
        "  prod-west runs wbot-ai in us-west-2, tagged running-prod-west",
        "First deploy these environments with images of repositories that stay (settings ai.image and web.image).",
      ].join("\n"),
    ),
  );
  expect(running.mock.calls[0]?.[0].environment.name).toBe("prod-west");
});

it.each([
  ["was destroyed", {}],
  ["runs others by now", { ai: "111122223333.dkr.ecr.us-west-2.amazonaws.com/other/wbot-ai:3f2c1e9" }],
  ["runs those of another region", { ai: "111122223333.dkr.ecr.us-east-1.amazonaws.com/wbot-ai:3f2c1e9" }],
])("lets the tag of an environment be that %s", async (_, images) => {
  tagged("running-prod-west");
  running.mockResolvedValue(images);
  await refuse();
});

it("takes a tag at its word where the environment is in another account, in which it can't be looked for", async () => {
  sts.on(GetCallerIdentityCommand).resolves({ Account: "444455556666", Arn: "me" });
  tagged("running-prod-west");
  await expect(refuse()).rejects.toThrow("prod-west may run wbot-ai in us-west-2, tagged running-prod-west");
});

it("takes a tag at its word where the environment can't be asked", async () => {
  tagged("running-prod-west", "running-demo");
  running.mockRejectedValue(new Error("no route to its endpoint"));
  await expect(refuse()).rejects.toThrow(
    [
      "  prod-west may run wbot-ai in us-west-2, tagged running-prod-west",
      // Of another checkout.
      "  demo may run wbot-ai in us-west-2, tagged running-demo",
      "First deploy these environments with images of repositories that stay (settings ai.image and web.image).",
      "If one no longer exists, or runs other images by now, remove its tags first:",
      "  aws ecr batch-delete-image --repository-name wbot-ai --image-ids imageTag=running-prod-west --region us-west-2",
      "  aws ecr batch-delete-image --repository-name wbot-ai --image-ids imageTag=running-demo --region us-west-2",
    ].join("\n"),
  );
});
