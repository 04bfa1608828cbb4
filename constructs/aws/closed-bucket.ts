import type { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import type { Construct } from "constructs";

export interface ClosedBucketProps {
  readonly bucket: S3Bucket;
  /** What its policy denies. */
  readonly statements: readonly BucketStatement[];
  /** ARN, id or alias of a key. @default - aws/s3, which AWS manages */
  readonly kmsKeyId?: string | undefined;
}

/**
 * Blocks public access to a bucket, disables its ACLs, encrypts it with KMS, and refuses objects encrypted with the
 * sender's own key (SSE-C), and what its policy denies.
 */
export function closeBucket(
  scope: Construct,
  { bucket: { id: bucket }, statements, kmsKeyId }: ClosedBucketProps,
) {
  const block = new S3BucketPublicAccessBlock(scope, "public-access-block", {
    bucket,
    blockPublicAcls: true,
    ignorePublicAcls: true,
    blockPublicPolicy: true,
    restrictPublicBuckets: true,
  });
  const ownership = new S3BucketOwnershipControls(scope, "ownership", {
    bucket,
    rule: { objectOwnership: "BucketOwnerEnforced" },
  });
  const encryption = new S3BucketServerSideEncryptionConfigurationA(scope, "encryption", {
    bucket,
    rule: [
      {
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: "aws:kms",
          ...(kmsKeyId === undefined ? {} : { kmsMasterKeyId: kmsKeyId }),
        },
        // Otherwise each request for an object causes one to KMS.
        bucketKeyEnabled: true,
        // S3 blocks it by default since April 2026: left out here, every plan would lift that.
        blockedEncryptionTypes: ["SSE-C"],
      },
    ],
  });
  const policy = new S3BucketPolicy(scope, "policy", {
    bucket,
    policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
    // S3 refuses concurrent changes to a bucket.
    dependsOn: [block],
  });
  return { ownership, encryption, policy };
}

export interface BucketStatement {
  readonly Sid: string;
  readonly Effect: "Deny";
  readonly Principal: "*";
  readonly Action: string;
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Denies everybody connections without TLS, or with a version older than 1.2. */
export function tlsOnly(bucket: string, partition: string): readonly BucketStatement[] {
  return [
    deny(bucket, partition, "WbotTlsOnly", "s3:*", { Bool: { "aws:SecureTransport": "false" } }),
    deny(bucket, partition, "WbotTls12", "s3:*", { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
  ];
}

/** A bucket policy's statement that denies an action to everybody. */
export function deny(
  bucket: string,
  partition: string,
  Sid: string,
  Action: string,
  Condition: BucketStatement["Condition"],
): BucketStatement {
  const arn = `arn:${partition}:s3:::${bucket}`;
  return {
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource: Action === "s3:*" ? [arn, `${arn}/*`] : [`${arn}/*`],
    Condition,
  };
}
