import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";
import { closeBucket, deny, tlsOnly, type BucketStatement } from "./closed-bucket";

/** How long old versions of a state are kept (days), and how many of them are kept at any age. */
export const OLD_VERSION_DAYS = 90;
export const OLD_VERSIONS = 20;
const UPLOAD_DAYS = 7;

/** Id of the only lifecycle rule. */
export const LIFECYCLE_RULE = "wbot-old-versions";

/** Which parts of the bucket already exist: they are imported. */
export interface ExistingBucket {
  readonly policy: boolean;
  readonly lifecycle: boolean;
}

export interface StateBucketProps {
  readonly bucket: string;
  /** "aws" or "aws-us-gov". */
  readonly partition: string;
  /**
   * A customer managed key: ARN, id or alias.
   * @default - aws/s3: AWS manages it, it costs nothing, and nobody can delete it
   */
  readonly kmsKeyId?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** @default - the bucket is new */
  readonly existing?: ExistingBucket | undefined;
}

/** The bucket for Terraform's states: private, encrypted with KMS, versioned, and never destroyed. */
export class StateBucket extends Construct {
  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id);
    const { partition, kmsKeyId, existing } = props;
    const bucket = new S3Bucket(this, "bucket", {
      bucket: props.bucket,
      tags: props.tags,
      lifecycle: { preventDestroy: true },
    });
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    const lifecycle = new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket: bucket.id,
      rule: [
        {
          id: LIFECYCLE_RULE,
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [
            { noncurrentDays: OLD_VERSION_DAYS, newerNoncurrentVersions: OLD_VERSIONS },
          ],
          // Each run creates and deletes a lock file, which leaves a delete marker.
          expiration: [{ expiredObjectDeleteMarker: true }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: UPLOAD_DAYS }],
        },
      ],
      dependsOn: [versioning],
    });
    const statements = bucketStatements(props.bucket, partition);
    const { policy } = closeBucket(this, { bucket, statements, kmsKeyId });

    if (existing) bucket.importFrom(props.bucket);
    if (existing?.policy === true) policy.importFrom(props.bucket);
    if (existing?.lifecycle === true) lifecycle.importFrom(props.bucket);
  }
}

/** What the state bucket's policy denies to everybody. */
export function bucketStatements(bucket: string, partition: string): readonly BucketStatement[] {
  return [
    ...tlsOnly(bucket, partition),
    // A request that names no encryption, such as Terraform's if no key is configured, gets the bucket's default: KMS.
    deny(bucket, partition, "WbotKmsOnly", "s3:PutObject", {
      StringNotEqualsIfExists: { "s3:x-amz-server-side-encryption": "aws:kms" },
      Null: { "s3:x-amz-server-side-encryption": "false" },
    }),
  ];
}
