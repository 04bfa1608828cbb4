import { S3Client } from "@aws-sdk/client-s3";
import { emulator } from "../../environments/emulator";
import { clientConfig } from "./aws";

/** A client for the state bucket. Emulators have no host name per bucket. */
export function stateBucketClient(region: string): S3Client {
  return new S3Client({ ...clientConfig(region), forcePathStyle: emulator() !== undefined });
}
