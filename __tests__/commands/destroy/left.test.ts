import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListSecretsCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { findLeftovers, leftoverLines } from "../../../commands/destroy/left";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

const ec2 = mockClient(EC2Client);
const logs = mockClient(CloudWatchLogsClient);
const secrets = mockClient(SecretsManagerClient);
const session = () => new Session(loadEnvironment("dev"));

beforeEach(() => {
  for (const mock of [ec2, logs, secrets]) mock.reset();
  ec2.on(DescribeTagsCommand).resolves({});
  logs.on(DescribeLogGroupsCommand).resolves({});
  secrets.on(ListSecretsCommand).resolves({});
});

const KEEP = "(docs/runbooks/volumes-left.md says how to delete it without losing what is in it)";

it("lists what can outlive a cluster by its tags, each with the command that deletes it", async () => {
  const tagged = (ResourceType: "volume", ResourceId: string, Key: string, Value = "owned") => ({
    ResourceType,
    ResourceId,
    Key,
    Value,
  });
  const OWNED = "kubernetes.io/cluster/wbot-dev";
  ec2.on(DescribeTagsCommand).resolves({
    Tags: [
      tagged("volume", "vol-1", OWNED),
      tagged("snapshot" as "volume", "snap-1", OWNED),
      tagged("network-interface" as "volume", "eni-1", "cluster.k8s.amazonaws.com/name", "wbot-dev"),
      tagged("security-group" as "volume", "sg-1", "aws:eks:cluster-name", "wbot-dev"),
      // Twice tagged, and another cluster's.
      tagged("volume", "vol-1", "aws:eks:cluster-name", "wbot-dev"),
      tagged("network-interface" as "volume", "eni-2", "cluster.k8s.amazonaws.com/name", "wbot-staging"),
    ],
  });
  expect((await findLeftovers(session())).map(({ name, command }) => [name, command])).toEqual([
    ["volume vol-1", `aws ec2 describe-volumes --volume-ids vol-1 --region us-east-1 ${KEEP}`],
    ["snapshot snap-1", `aws ec2 describe-snapshots --snapshot-ids snap-1 --region us-east-1 ${KEEP}`],
    [
      "network interface eni-1",
      "aws ec2 delete-network-interface --network-interface-id eni-1 --region us-east-1",
    ],
    ["security group sg-1", "aws ec2 delete-security-group --group-id sg-1 --region us-east-1"],
  ]);
  expect(ec2.commandCalls(DescribeTagsCommand)[0]?.args[0].input.Filters?.[0]?.Values).toEqual([
    OWNED,
    "cluster.k8s.amazonaws.com/name",
    "aws:eks:cluster-name",
  ]);
});

it("lists log groups, and secrets that keep their names until they are gone for good", async () => {
  logs
    .on(DescribeLogGroupsCommand, { logGroupNamePrefix: "/aws/lambda/wbot-dev-uptime-check" })
    .resolves({ logGroups: [{ logGroupName: "/aws/lambda/wbot-dev-uptime-check" }] });
  secrets.on(ListSecretsCommand).resolves({
    SecretList: ["wbot/dev/redis", "wbot/dev/app"].map((Name) => ({ Name, DeletedDate: new Date() })),
  });
  const deleted = "(scheduled for deletion; its name stays taken until then), which no stack owns";
  expect(await leftoverLines(session())).toEqual([
    "  log group /aws/lambda/wbot-dev-uptime-check, which no stack owns: once nobody needs its logs: aws logs delete-log-group --log-group-name /aws/lambda/wbot-dev-uptime-check --region us-east-1",
    `  secret wbot/dev/redis ${deleted}: aws secretsmanager delete-secret --force-delete-without-recovery --secret-id wbot/dev/redis --region us-east-1`,
    `  secret wbot/dev/app ${deleted}: aws secretsmanager restore-secret --secret-id wbot/dev/app --region us-east-1`,
  ]);
  expect(secrets.commandCalls(ListSecretsCommand)[0]?.args[0].input.IncludePlannedDeletion).toBe(true);
});

it("lists no secret that is in use, and finds one on a page after an empty one", async () => {
  secrets
    .on(ListSecretsCommand)
    .resolvesOnce({ SecretList: [], NextToken: "more" })
    .resolves({
      SecretList: [{ Name: "wbot/dev/redis" }, { Name: "wbot/dev/app", DeletedDate: new Date() }],
    });
  expect((await findLeftovers(session())).map(({ name }) => name)).toEqual([
    expect.stringMatching(/^secret wbot\/dev\/app /),
  ]);
});

it("lists nothing of an environment whose name begins the same, and no secret with more to its name", async () => {
  // As AWS finds them: by how their names begin.
  logs.on(DescribeLogGroupsCommand).callsFake(({ logGroupNamePrefix }) => ({
    logGroups: [
      "/aws/eks/wbot-dev-2/cluster",
      "/aws/lambda/wbot-dev-uptime-check-2",
      "/aws/vpc/wbot-dev-2/flow-logs",
    ]
      .filter((name) => name.startsWith(logGroupNamePrefix))
      .map((logGroupName) => ({ logGroupName })),
  }));
  secrets.on(ListSecretsCommand).resolves({
    SecretList: [{ Name: "wbot/dev/app-old", DeletedDate: new Date() }],
  });
  expect(await findLeftovers(session())).toEqual([]);
});

it("says what it could not look for, and lists the rest", async () => {
  ec2.on(DescribeTagsCommand).rejects(sdkError("UnauthorizedOperation", "not authorized: ec2:DescribeTags"));
  secrets.on(ListSecretsCommand).resolves({
    SecretList: [{ Name: "wbot/dev/app", DeletedDate: new Date() }],
  });
  expect(await leftoverLines(session())).toEqual([
    "  volumes, snapshots, network interfaces and security groups that no stack owns, if any: could not check (not authorized: ec2:DescribeTags)",
    expect.stringMatching(/^ {2}secret wbot\/dev\/app /),
  ]);
});
