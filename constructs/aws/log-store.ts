import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CloudwatchLogStream } from "@cdktf/provider-aws/lib/cloudwatch-log-stream";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { LogSettings } from "../../environments/schema";
import { EnvironmentStack } from "../environment-stack";
import { closeBucket, tlsOnly } from "./closed-bucket";

const BUCKET = "bucket";
/** Types of the bucket's parts, by their ids. */
const BUCKET_PARTS = {
  bucket: "aws_s3_bucket",
  "public-access-block": "aws_s3_bucket_public_access_block",
  ownership: "aws_s3_bucket_ownership_controls",
  encryption: "aws_s3_bucket_server_side_encryption_configuration",
  lifecycle: "aws_s3_bucket_lifecycle_configuration",
  policy: "aws_s3_bucket_policy",
};
/**
 * Days that an object may outlive Loki's own retention: Loki deletes by its index, and the bucket deletes what the index
 * has lost. If the bucket deleted sooner, Loki would look for objects that are gone.
 */
const GRACE_DAYS = 7;
const UPLOAD_DAYS = 1;

export interface LogStoreProps {
  readonly settings: LogSettings;
  /** KMS key of the stored logs. */
  readonly keyArn: string;
}

/** Where AWS stores the pods' logs: a log group, a bucket for Loki, or nowhere. */
export class LogStore extends Construct {
  /** Whatever writes to it is created after it and destroyed before it. */
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, { settings, keyArn }: LogStoreProps) {
    super(stack, id);
    if (settings.kind === "cloudwatch") this.ready = logGroup(this, settings.retentionDays, keyArn);
    else if (settings.kind === "loki")
      this.ready = logBucket(new Construct(this, BUCKET), settings.retentionDays, keyArn);
    else this.ready = [];
    // The bucket of earlier deploys stays as it is. prevent_destroy goes with the resource, so a deploy would delete what
    // closes the bucket, and then fail to delete the bucket itself, since it isn't empty.
    if (settings.kind !== "loki" && stack.environment.protection)
      stack.forgetParts(this, BUCKET, BUCKET_PARTS);
  }
}

/** CloudWatch's OTLP endpoint creates neither the group nor the stream. */
function logGroup(scope: Construct, retentionInDays: number, kmsKeyId: string): ITerraformDependable[] {
  const { group, stream } = EnvironmentStack.of(scope).names.podLogs;
  const logs = new CloudwatchLogGroup(scope, "group", { name: group, retentionInDays, kmsKeyId });
  return [new CloudwatchLogStream(scope, "stream", { name: stream, logGroupName: logs.name })];
}

/** The bucket for Loki's logs: private, encrypted with the environment's key; old objects expire. */
function logBucket(scope: Construct, retentionDays: number, kmsKeyId: string): ITerraformDependable[] {
  const { names, account, partition, environment } = EnvironmentStack.of(scope);
  const name = names.logBucket(account);
  const bucket = new S3Bucket(scope, "bucket", {
    bucket: name,
    // Logs are deleted with the environment, unless it is protected.
    forceDestroy: !environment.protection,
    lifecycle: { preventDestroy: environment.protection },
  });
  const closed = closeBucket(scope, { bucket, statements: tlsOnly(name, partition), kmsKeyId });
  const lifecycle = new S3BucketLifecycleConfiguration(scope, "lifecycle", {
    bucket: bucket.id,
    rule: [
      {
        id: "wbot-old-logs",
        status: "Enabled",
        filter: [{ prefix: "" }],
        expiration: [{ days: retentionDays + GRACE_DAYS }],
        abortIncompleteMultipartUpload: [{ daysAfterInitiation: UPLOAD_DAYS }],
      },
    ],
  });
  return [closed.ownership, closed.encryption, lifecycle, closed.policy];
}
