import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { emulator } from "../../environments/emulator";
import { answerBehind, clientConfig } from "./aws";

/** A client for the state bucket. Emulators have no host name per bucket. */
export function stateBucketClient(region: string): S3Client {
  return new S3Client({ ...clientConfig(region), forcePathStyle: emulator() !== undefined });
}

/** What keeps a bucket from being used: where access is denied, it may be another account's. */
export type BucketTrouble = "missing" | "denied" | { readonly region: string };

/** Undefined where the bucket can be used. */
export async function bucketTrouble(client: S3Client, bucket: string): Promise<BucketTrouble | undefined> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return undefined;
  } catch (error) {
    const { status, headers } = answerBehind(error);
    if (status === 404) return "missing";
    if (status === 403) return "denied";
    if (status === 301) return { region: headers["x-amz-bucket-region"] ?? "another region" };
    throw error;
  }
}
