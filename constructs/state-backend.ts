import { join } from "node:path";
import { App, LocalBackend, S3Backend, type TerraformStack } from "cdktf";
import { localStateFrom } from "../environments/local-state";

/** Keeps a stack's state in a local file, which is named after its owner: an environment, or a state bucket. */
export function keepStateLocally(stack: TerraformStack, owner: string): void {
  const { id } = stack.node;
  const folder = join(App.of(stack).outdir, "stacks", id);
  new LocalBackend(stack, { path: localStateFrom(folder, owner, id) });
}

/** Where a state is in a bucket. */
export interface StateObject {
  readonly bucket: string;
  readonly key: string;
  /** The bucket's region. */
  readonly region: string;
  /** @default - the bucket's own encryption */
  readonly kmsKeyId?: string | undefined;
}

/** Opened after Terraform 1.11.0, whose backend refuses a region that it doesn't know. */
const OPENED_SINCE = ["ap-east-2", "ap-southeast-6", "ap-southeast-7", "mx-central-1"];

/** Keeps a stack's state in a bucket, locked while it is in use. */
export function keepStateInBucket(
  stack: TerraformStack,
  { bucket, key, region, kmsKeyId }: StateObject,
): void {
  const backend = new S3Backend(stack, {
    bucket,
    key,
    region,
    // Without a key, the bucket's encryption applies: `encrypt` alone would request AES256, which the bucket denies.
    ...(kmsKeyId === undefined ? {} : { encrypt: true, kmsKeyId }),
    ...(OPENED_SINCE.includes(region) ? { skipRegionValidation: true } : {}),
  });
  // cdktf 0.21 has no property for it.
  backend.addOverride("use_lockfile", true);
}
