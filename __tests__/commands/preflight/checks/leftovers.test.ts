import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { GetRoleCommand, IAMClient, type Role } from "@aws-sdk/client-iam";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { sdkError } from "../../sdk-error";
import { eks, look } from "../look";

const ec2 = mockClient(EC2Client);
const iam = mockClient(IAMClient);
const logs = mockClient(CloudWatchLogsClient);
const secrets = mockClient(SecretsManagerClient);
beforeEach(() => {
  ec2.reset();
  iam.reset();
  logs.reset();
  secrets.reset();
});

describe("leftovers", () => {
  beforeEach(() => {
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    ec2.on(DescribeTagsCommand).resolves({});
    logs.on(DescribeLogGroupsCommand).resolves({});
    secrets.on(ListSecretsCommand).resolves({});
  });

  it("of an earlier cluster are found before AWS refuses to create them again", async () => {
    ec2.on(DescribeTagsCommand).resolves({
      Tags: [{ ResourceId: "vol-1", ResourceType: "volume", Key: "kubernetes.io/cluster/wbot-dev" }],
    });
    const name = "/aws/eks/wbot-dev/cluster";
    logs
      .on(DescribeLogGroupsCommand, { logGroupNamePrefix: "/aws/eks/wbot-dev/" })
      .resolves({ logGroups: [{ logGroupName: name }] });
    secrets.on(ListSecretsCommand).resolves({
      SecretList: [{ Name: "wbot/dev/app", DeletedDate: new Date() }],
    });
    expect(await look("leftovers")).toEqual([
      [
        "warn",
        "volume vol-1 is left over from an earlier cluster, and billed if it holds data",
        expect.stringContaining("--volume-ids vol-1 "),
      ],
      [
        "warn",
        expect.stringMatching(`^log group ${name} .*, and billed `),
        expect.stringContaining(`--log-group-name ${name} `),
      ],
      [
        "warn",
        expect.stringMatching(
          /^secret wbot\/dev\/app \(.*\) .*; unless infra's state has it, AWS refuses to create it again$/,
        ),
        "aws secretsmanager restore-secret --secret-id wbot/dev/app --region us-east-1",
      ],
    ]);
  });

  it("are not roles of an environment of the same name in another region, whether its cluster runs or is gone", async () => {
    const trust = {
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:eks:us-west-2:111122223333:cluster/wbot-dev" } },
    };
    iam
      .on(GetRoleCommand, { RoleName: "wbot-dev-cluster" })
      .resolves({ Role: { AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)) } as Role });
    expect(await look("leftovers")).toEqual([
      [
        "fail",
        "the role wbot-dev-cluster is dev's in us-west-2: IAM roles are global, so an account can't have dev in two regions",
        'Give this one another name (docs/recovery.md), or set region: "us-west-2" in environments/dev.ts. To have it here instead, first destroy it there, with that region set, even if an interrupted deploy left no cluster',
      ],
    ]);
  });

  it("are not looked for beside a cluster, whose own they would be", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: "https://example.com" } });
    expect((await look("leftovers"))[0]?.[0]).toBe("pass");
    expect(ec2.calls()).toEqual([]);
  });
});
