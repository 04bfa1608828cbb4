import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { TerraformStack } from "cdktf";
import type { Environment } from "../environments";

export interface AwsProviderProps {
  readonly region: string;
  /** ID of the only account it works in. */
  readonly account: string;
  /** Whether an emulator stands in for AWS. */
  readonly emulated: boolean;
  /** Tags of every resource. */
  readonly tags: Readonly<Record<string, string>>;
  /** Tags of others, which stay. */
  readonly ignoreTags: Environment["ignoreTags"];
}

/** The AWS provider of a stack's resources. */
export function awsProvider(stack: TerraformStack, props: AwsProviderProps): void {
  const { region, account, emulated, tags, ignoreTags } = props;
  const { keys, prefixes } = ignoreTags;
  new AwsProvider(stack, "aws", {
    region,
    allowedAccountIds: [account],
    ...forEmulator(emulated),
    defaultTags: [{ tags }],
    ...(keys.length + prefixes.length === 0 ? {} : { ignoreTags: [{ keys, keyPrefixes: prefixes }] }),
  });
}

/**
 * What an AWS provider needs if an emulator stands in for AWS. It has no host name per bucket, and must never be sent an EC2
 * instance's real credentials; with AWS these are fine, on a bastion or on a runner inside the VPC.
 */
export function forEmulator(emulated: boolean): { s3UsePathStyle?: boolean; skipMetadataApiCheck?: string } {
  return emulated ? { s3UsePathStyle: true, skipMetadataApiCheck: "true" } : {};
}
