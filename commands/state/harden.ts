import { isDeepStrictEqual } from "node:util";
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type LifecycleRule,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Environment } from "../../environments";
import { PART_OF } from "../../environments/names";
import { partitionOf } from "../../environments/schema";

/** One property of the bucket, and whether it had to be set. */
export interface Hardened {
  readonly what: string;
  readonly changed: boolean;
}

export interface HardenOptions {
  readonly bucket: string;
  /** @default - aws/s3: it outlives every destroy, costs nothing, and nobody can delete it */
  readonly kmsKeyId: string | undefined;
  readonly environment: Environment;
}

/** How long replaced versions of a state are kept (days), and how many of them whatever their age. */
const OLD_VERSION_DAYS = 90;
const OLD_VERSIONS = 20;
const UPLOAD_DAYS = 7;

const NO_PUBLIC = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

const LIFECYCLE: LifecycleRule = {
  ID: "wbot-old-versions",
  Status: "Enabled",
  Filter: { Prefix: "" },
  NoncurrentVersionExpiration: { NoncurrentDays: OLD_VERSION_DAYS, NewerNoncurrentVersions: OLD_VERSIONS },
  // Each run makes and deletes a lock, which leaves a marker.
  Expiration: { ExpiredObjectDeleteMarker: true },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: UPLOAD_DAYS },
};

/** Sets what is not yet so. What others have put there (policy statements, rules, tags) stays. */
export async function harden(client: S3Client, options: HardenOptions): Promise<Hardened[]> {
  const { bucket: Bucket } = options;
  return [
    await noPublicAccess(client, Bucket),
    await policy(client, options),
    await encryption(client, options),
    await versioning(client, Bucket),
    await lifecycle(client, Bucket),
    await tags(client, options),
  ];
}

async function noPublicAccess(client: S3Client, Bucket: string): Promise<Hardened> {
  const { PublicAccessBlockConfiguration: now } = await orNothing(
    client.send(new GetPublicAccessBlockCommand({ Bucket })),
  );
  const changed = !isDeepStrictEqual(now, NO_PUBLIC);
  if (changed)
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: NO_PUBLIC }));
  return { what: "no public access", changed };
}

async function versioning(client: S3Client, Bucket: string): Promise<Hardened> {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
  const changed = Status !== "Enabled";
  if (changed)
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
  return { what: "versioned: a broken state can be undone", changed };
}

async function encryption(client: S3Client, { bucket: Bucket, kmsKeyId }: HardenOptions): Promise<Hardened> {
  const { ServerSideEncryptionConfiguration: now } = await orNothing(
    client.send(new GetBucketEncryptionCommand({ Bucket })),
  );
  const [rule] = now?.Rules ?? [];
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
  const changed = SSEAlgorithm !== "aws:kms" || (kmsKeyId !== undefined && KMSMasterKeyID !== kmsKeyId);
  if (changed) {
    const ApplyServerSideEncryptionByDefault = {
      SSEAlgorithm: "aws:kms" as const,
      ...(kmsKeyId === undefined ? {} : { KMSMasterKeyID: kmsKeyId }),
    };
    await client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }],
        },
      }),
    );
  }
  return { what: `encrypted by KMS (${kmsKeyId ?? "aws/s3"})`, changed };
}

async function lifecycle(client: S3Client, Bucket: string): Promise<Hardened> {
  const { Rules: now = [] } = await orNothing(
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  );
  const ours = now.find(({ ID }) => ID === LIFECYCLE.ID);
  const changed = ours === undefined || !holds(ours, LIFECYCLE);
  if (changed) {
    const Rules = [...now.filter(({ ID }) => ID !== LIFECYCLE.ID), LIFECYCLE];
    await client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
    );
  }
  return {
    what: `old versions go after ${OLD_VERSION_DAYS} days, but the newest ${OLD_VERSIONS} of each`,
    changed,
  };
}

/** Whether all that is wanted is there; AWS adds fields of its own. */
function holds(there: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return there === wanted;
  return (
    typeof there === "object" &&
    there !== null &&
    Object.entries(wanted).every(([key, value]) => holds((there as Record<string, unknown>)[key], value))
  );
}

interface Statement {
  readonly Sid?: string;
}

async function policy(client: S3Client, { bucket: Bucket, environment }: HardenOptions): Promise<Hardened> {
  const { Policy } = await orNothing(client.send(new GetBucketPolicyCommand({ Bucket })));
  const now = (Policy === undefined ? { Statement: [] } : JSON.parse(Policy)) as { Statement: Statement[] };
  const ours = statements(Bucket, partitionOf(environment.region));
  const others = now.Statement.filter(({ Sid }) => !ours.some((each) => each.Sid === Sid));
  const wanted = [...others, ...ours];
  const changed = !isDeepStrictEqual(now.Statement, wanted);
  if (changed)
    await client.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({ Version: "2012-10-17", ...now, Statement: wanted }),
      }),
    );
  return { what: "TLS 1.2 or newer only, KMS only", changed };
}

function statements(bucket: string, partition: string) {
  const arn = `arn:${partition}:s3:::${bucket}`;
  const deny = (Sid: string, Action: string, Condition: object) => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action,
    Resource: Action === "s3:*" ? [arn, `${arn}/*`] : [`${arn}/*`],
    Condition,
  });
  return [
    deny("WbotTlsOnly", "s3:*", { Bool: { "aws:SecureTransport": "false" } }),
    deny("WbotTls12", "s3:*", { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
    // A request that names no encryption gets the bucket's default, which is KMS: Terraform's without a key of one's own.
    deny("WbotKmsOnly", "s3:PutObject", {
      StringNotEqualsIfExists: { "s3:x-amz-server-side-encryption": "aws:kms" },
      Null: { "s3:x-amz-server-side-encryption": "false" },
    }),
  ];
}

async function tags(client: S3Client, { bucket: Bucket, environment }: HardenOptions): Promise<Hardened> {
  const { TagSet: now = [] } = await orNothing(client.send(new GetBucketTaggingCommand({ Bucket })));
  const wanted = { Project: PART_OF, ManagedBy: "wbot", ...environment.tags };
  const missing = Object.entries(wanted).filter(
    ([name, value]) => !now.some(({ Key, Value }) => Key === name && Value === value),
  );
  if (missing.length > 0) {
    const kept = now.filter(({ Key = "" }) => !Object.hasOwn(wanted, Key));
    const TagSet = [...kept, ...Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }))];
    await client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  }
  return { what: "tagged", changed: missing.length > 0 };
}

/** S3 answers what was never set with an error of its own for each property. */
const NEVER_SET = [
  "NoSuchPublicAccessBlockConfiguration",
  "NoSuchBucketPolicy",
  "ServerSideEncryptionConfigurationNotFoundError",
  "NoSuchLifecycleConfiguration",
  "NoSuchTagSet",
];

async function orNothing<T extends object>(answer: Promise<T>): Promise<Partial<T>> {
  return answer.catch((error: unknown): Partial<T> => {
    if (error instanceof Error && NEVER_SET.includes(error.name)) return {};
    throw error;
  });
}
