import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { initState } from "../../../commands/state/init";
import { loadEnvironment } from "../../../environments";
import { sdkError } from "../sdk-error";

const s3 = mockClient(S3Client);
const sts = mockClient(STSClient);
const dev = loadEnvironment("dev");

let told: string[];
beforeEach(() => {
  told = [];
  jest.spyOn(console, "log").mockImplementation((line: string) => told.push(line));
  s3.reset();
  s3.onAnyCommand().resolves({});
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:role/me" });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A bucket that was never there, or of which nothing was ever set. */
function bare(): void {
  s3.on(HeadBucketCommand).rejects(sdkError("NotFound"));
  s3.on(GetPublicAccessBlockCommand).rejects(sdkError("NoSuchPublicAccessBlockConfiguration"));
  s3.on(GetBucketPolicyCommand).rejects(sdkError("NoSuchBucketPolicy"));
  s3.on(GetBucketEncryptionCommand).rejects(sdkError("ServerSideEncryptionConfigurationNotFoundError"));
  s3.on(GetBucketLifecycleConfigurationCommand).rejects(sdkError("NoSuchLifecycleConfiguration"));
  s3.on(GetBucketTaggingCommand).rejects(sdkError("NoSuchTagSet"));
}

const BUCKET = "wbot-state-111122223333-us-east-1";
const policyOf = () => JSON.parse(s3.commandCalls(PutBucketPolicyCommand)[0]?.args[0].input.Policy ?? "{}");

it("makes a bucket that is closed, encrypted by KMS, versioned, and lets only TLS in", async () => {
  bare();
  expect(await initState(dev, { json: false })).toBe(0);
  expect(s3.commandCalls(CreateBucketCommand)[0]?.args[0].input).toEqual({
    Bucket: BUCKET,
    ObjectOwnership: "BucketOwnerEnforced",
  });
  expect(
    s3.commandCalls(PutPublicAccessBlockCommand)[0]?.args[0].input.PublicAccessBlockConfiguration,
  ).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  expect(s3.commandCalls(PutBucketVersioningCommand)[0]?.args[0].input.VersioningConfiguration).toEqual({
    Status: "Enabled",
  });
  expect(
    s3.commandCalls(PutBucketEncryptionCommand)[0]?.args[0].input.ServerSideEncryptionConfiguration,
  ).toEqual({
    Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" }, BucketKeyEnabled: true }],
  });
  const [rule] =
    s3.commandCalls(PutBucketLifecycleConfigurationCommand)[0]?.args[0].input.LifecycleConfiguration?.Rules ??
    [];
  expect(rule?.NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 90, NewerNoncurrentVersions: 20 });
  expect(policyOf().Statement.map(({ Sid, Effect, Condition }: any) => [Sid, Effect, Condition])).toEqual([
    ["WbotTlsOnly", "Deny", { Bool: { "aws:SecureTransport": "false" } }],
    ["WbotTls12", "Deny", { NumericLessThan: { "s3:TlsVersion": "1.2" } }],
    [
      "WbotKmsOnly",
      "Deny",
      {
        StringNotEqualsIfExists: { "s3:x-amz-server-side-encryption": "aws:kms" },
        Null: { "s3:x-amz-server-side-encryption": "false" },
      },
    ],
  ]);
  expect(told.join("\n")).toContain(
    'Put these lines into environments/dev.ts:\n\n  account: "111122223333",\n' +
      `  state: { kind: "s3", bucket: "${BUCKET}" },\n\n` +
      "then move the local state there, if there is any: npx wbot state move --env dev",
  );
});

it("names the region where that must be named, and a key of one's own in the settings", async () => {
  bare();
  const zones = ["eu-west-1a", "eu-west-1b"];
  await initState(loadEnvironment("dev", { overrides: { region: "eu-west-1", zones } }), {
    json: false,
    kmsKeyId: "alias/state",
  });
  expect(s3.commandCalls(CreateBucketCommand)[0]?.args[0].input.CreateBucketConfiguration).toEqual({
    LocationConstraint: "eu-west-1",
  });
  expect(told.join("\n")).toContain('kmsKeyId: "alias/state" },');
});

it("keeps what others have put on the bucket", async () => {
  bare();
  s3.on(HeadBucketCommand).resolves({});
  const theirs = { Sid: "Theirs", Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
  s3.on(GetBucketPolicyCommand).resolves({
    Policy: JSON.stringify({ Version: "2012-10-17", Statement: [theirs] }),
  });
  s3.on(GetBucketTaggingCommand).resolves({ TagSet: [{ Key: "Owner", Value: "them" }] });
  s3.on(GetBucketLifecycleConfigurationCommand).resolves({ Rules: [{ ID: "theirs", Status: "Enabled" }] });
  await initState(dev, { json: false });
  expect(s3.commandCalls(CreateBucketCommand)).toHaveLength(0);
  expect(policyOf().Statement[0]).toEqual(theirs);
  expect(s3.commandCalls(PutBucketTaggingCommand)[0]?.args[0].input.Tagging?.TagSet?.[0]).toEqual({
    Key: "Owner",
    Value: "them",
  });
  const rules = s3.commandCalls(PutBucketLifecycleConfigurationCommand)[0]?.args[0].input
    .LifecycleConfiguration?.Rules;
  expect(rules?.map(({ ID }) => ID)).toEqual(["theirs", "wbot-old-versions"]);
});

it("sets nothing that is so already", async () => {
  bare();
  await initState(dev, { json: false });
  const input = (calls: readonly any[]) => calls[0]?.args[0].input;
  const set = {
    block: input(s3.commandCalls(PutPublicAccessBlockCommand)),
    policy: input(s3.commandCalls(PutBucketPolicyCommand)),
    encryption: input(s3.commandCalls(PutBucketEncryptionCommand)),
    lifecycle: input(s3.commandCalls(PutBucketLifecycleConfigurationCommand)),
    tags: input(s3.commandCalls(PutBucketTaggingCommand)),
  };
  s3.reset();
  s3.onAnyCommand().rejects(sdkError("NothingMoreMayBeCalled"));
  s3.on(HeadBucketCommand).resolves({});
  s3.on(GetPublicAccessBlockCommand).resolves(set.block);
  s3.on(GetBucketPolicyCommand).resolves({ Policy: set.policy.Policy });
  s3.on(GetBucketEncryptionCommand).resolves(set.encryption);
  s3.on(GetBucketVersioningCommand).resolves({ Status: "Enabled" });
  s3.on(GetBucketLifecycleConfigurationCommand).resolves({
    Rules: set.lifecycle.LifecycleConfiguration.Rules,
  });
  s3.on(GetBucketTaggingCommand).resolves({ TagSet: set.tags.Tagging.TagSet });
  expect(await initState(dev, { json: true })).toBe(0);
  expect(JSON.parse(told.at(-1) ?? "").settings.some(({ changed }: any) => changed)).toBe(false);
});

it.each([
  ["is closed to us", () => s3.on(HeadBucketCommand).rejects(sdkError("Forbidden"))],
  ["is somebody else's", () => (bare(), s3.on(CreateBucketCommand).rejects(sdkError("BucketAlreadyExists")))],
])("says that a bucket %s", async (_, arrange) => {
  arrange();
  await expect(initState(dev, { json: false, bucket: "taken" })).rejects.toThrow(
    "The bucket taken belongs to somebody else, or is closed to you: bucket names are unique in all of AWS. Choose another: --bucket <name>",
  );
});

it("makes nothing in another account than the environment's", async () => {
  const other = loadEnvironment("dev", {
    overrides: { account: "444455556666", access: { admins: ["arn:aws:iam::444455556666:role/me"] } },
  });
  await expect(initState(other, { json: false })).rejects.toThrow("Nothing was made.");
  expect(s3.calls()).toHaveLength(0);
});

it("lets a denied or throttled call end it, to be run again", async () => {
  bare();
  s3.on(PutBucketPolicyCommand).rejects(sdkError("AccessDenied"));
  await expect(initState(dev, { json: false })).rejects.toThrow("AccessDenied");
  s3.on(PutBucketPolicyCommand).rejects(sdkError("SlowDown"));
  await expect(initState(dev, { json: false })).rejects.toThrow("SlowDown");
});
