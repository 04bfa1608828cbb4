import { ECRClient, DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { mockClient } from "aws-sdk-client-mock";
import { CommandError } from "../../../commands/cli/exit-codes";
import { refuseImagesInUse } from "../../../commands/images/in-use";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";

const ecr = mockClient(ECRClient);
beforeEach(() => ecr.reset());

const repository = (name: string, region: string) => ({
  address: `aws_ecr_repository.${name}`,
  mode: "managed",
  type: "aws_ecr_repository",
  change: { actions: ["delete"], before: { name, region }, after: null, after_unknown: {} },
});
const GONE = [repository("wbot-ai", "us-east-1"), repository("wbot-ai", "us-west-2")];
const prod = new Session(loadEnvironment("prod"));
const refuse = () => refuseImagesInUse(prod, GONE, "Nothing was destroyed");

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

it("refuses to delete the copies that a serving twin runs from, and says how to go on without it", async () => {
  tagged("running-prod-west", "previous-dev", "running-prod");
  await expect(refuse()).rejects.toThrow(
    new CommandError(
      [
        "Nothing was destroyed: this would delete repositories whose images other environments may run:",
        "  prod-west may run wbot-ai in us-west-2, tagged running-prod-west",
        'First deploy those environments with images from repositories that stay (settings ai.image and web.image), or remove these repositories from prod\'s state, which keeps them: docs/recovery.md, "Retiring prod", step 2.',
        "If one no longer exists, or now runs other images, remove each of its tags first:",
        "  aws ecr batch-delete-image --repository-name <repository> --image-ids imageTag=<tag> --region <region>",
      ].join("\n"),
    ),
  );
});

it("lets go what no other environment has tagged", async () => {
  tagged("previous-dev", "running-prod");
  await refuse();
});

it("asks AWS about no repository that stays", async () => {
  const changes = GONE.map((each) => ({ ...each, change: { ...each.change, actions: ["forget"] } }));
  await refuseImagesInUse(prod, changes, "Nothing was destroyed");
  expect(ecr.calls()).toEqual([]);
});
