import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EnvironmentStack } from "../environment-stack";
import { closeBucket, tlsOnly } from "./closed-bucket";

/**
 * Days that an object may outlive Loki's own retention: Loki deletes by its index, and the bucket deletes what the index
 * has lost. If the bucket deleted sooner, Loki would look for objects that are gone.
 */
const GRACE_DAYS = 7;
const UPLOAD_DAYS = 1;

export interface LogBucketProps {
  /** Days that Loki keeps logs. */
  readonly retentionDays: number;
  readonly keyArn: string;
}

/** The bucket for Loki's logs: private, encrypted with the environment's key; old objects expire. */
export class LogBucket extends Construct {
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: LogBucketProps) {
    super(scope, id);
    const { names, account, partition, environment } = EnvironmentStack.of(this);
    const { protection } = environment;
    const name = names.logBucket(account);
    const { id: bucket } = new S3Bucket(this, "bucket", {
      bucket: name,
      // Logs are deleted with the environment, unless it is protected.
      forceDestroy: !protection,
      lifecycle: { preventDestroy: protection },
    });
    const { open, ownership, encryption } = closeBucket(this, bucket, props.keyArn);
    const lifecycle = new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "wbot-old-logs",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days: props.retentionDays + GRACE_DAYS }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: UPLOAD_DAYS }],
        },
      ],
    });
    const policy = new S3BucketPolicy(this, "policy", {
      bucket,
      policy: JSON.stringify({ Version: "2012-10-17", Statement: tlsOnly(name, partition) }),
      // S3 refuses concurrent changes to a bucket.
      dependsOn: [open],
    });
    this.ready = [ownership, encryption, lifecycle, policy];
  }
}

/** Types by the ids that LogBucket and closeBucket give them. */
const PARTS: Readonly<Record<string, string>> = {
  bucket: "aws_s3_bucket",
  "public-access-block": "aws_s3_bucket_public_access_block",
  ownership: "aws_s3_bucket_ownership_controls",
  encryption: "aws_s3_bucket_server_side_encryption_configuration",
  lifecycle: "aws_s3_bucket_lifecycle_configuration",
  policy: "aws_s3_bucket_policy",
};

/**
 * Forgets the bucket of earlier deploys, as it is. prevent_destroy goes with the resource, so a deploy would delete what
 * closes the bucket, and then fail to delete the bucket itself, since it isn't empty.
 */
export function forgetLogBucket(scope: Construct, id: string): void {
  EnvironmentStack.of(scope).forgetParts(scope, id, PARTS);
}
