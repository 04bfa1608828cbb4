import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { emulator } from "../../environments/emulator";
import { clientConfig, type SdkError } from "./aws";

/** A client for the state bucket. Emulators have no host name per bucket. */
export function stateBucketClient(region: string): S3Client {
  return new S3Client({ ...clientConfig(region), forcePathStyle: emulator() !== undefined });
}

/**
 * A bucket of ours, as every command of S3 takes it. Names are unique in all of AWS, so a stranger may have one that was
 * deleted or mistyped: S3 denies access to a bucket of any other account.
 */
export interface OwnBucket {
  readonly Bucket: string;
  /** Our account. */
  readonly ExpectedBucketOwner: string;
}

/** What keeps a bucket from being used: where access is denied, it may be another account's. */
type BucketTrouble = "missing" | "denied" | { readonly region: string };

/** Undefined where the bucket can be used. */
export async function bucketTrouble(client: S3Client, own: OwnBucket): Promise<BucketTrouble | undefined> {
  try {
    await client.send(new HeadBucketCommand(own));
    return undefined;
  } catch (error) {
    // A HEAD has no body, and the SDK names a 404 alone.
    const { $metadata, $response } = error as Partial<SdkError>;
    const status = $metadata?.httpStatusCode;
    if (status === 404) return "missing";
    if (status === 403) return "denied";
    if (status === 301) return { region: $response?.headers?.["x-amz-bucket-region"] ?? "another region" };
    throw error;
  }
}
