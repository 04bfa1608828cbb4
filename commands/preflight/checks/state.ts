import {
  GetBucketEncryptionCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isAwsError } from "../../cli/aws";
import { stateBucketClient } from "../../cli/state-bucket";
import { commandLine } from "../../cli/options";
import { fail, pass, warn, type Check, type Found } from "../check";

/** Whether Terraform's state is stored safely, and can be reached. */
export const state: Check = {
  aws: true,
  look: async ({ session: { environment } }) => {
    const { state: where, tier } = environment;
    const fix = commandLine("bootstrap", environment);
    if (where.kind === "local")
      return [
        tier === "development"
          ? pass("local files, on this machine only")
          : warn(
              "local files: other people's deploys would not see this state, and the files contain Redis's password",
              fix,
            ),
      ];
    const client = stateBucketClient(where.region ?? environment.region);
    const found = await bucketTrouble(client, where.bucket, fix);
    return [found ?? pass(`the bucket ${where.bucket}, versioned and encrypted`)];
  },
};

async function bucketTrouble(client: S3Client, bucket: string, fix: string): Promise<Found | undefined> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (isAwsError(error, "NotFound", "NoSuchBucket"))
      return fail(`the bucket ${bucket} does not exist`, fix);
    if (isAwsError(error, "Forbidden", "403"))
      return fail(`the bucket ${bucket} denies you access, or belongs to another account`);
    throw error;
  }
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
  if (Status !== "Enabled")
    return warn(`the bucket ${bucket} is not versioned: a broken state could not be restored`, fix);
  const encrypted = await client.send(new GetBucketEncryptionCommand({ Bucket: bucket })).then(
    ({ ServerSideEncryptionConfiguration }) =>
      ServerSideEncryptionConfiguration?.Rules?.some(
        (rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm?.startsWith("aws:kms") === true,
      ) === true,
    (error: unknown) => {
      if (isAwsError(error, "ServerSideEncryptionConfigurationNotFoundError")) return false;
      throw error;
    },
  );
  return encrypted ? undefined : warn(`the bucket ${bucket} is not encrypted with KMS`, fix);
}
