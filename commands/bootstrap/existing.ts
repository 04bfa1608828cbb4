import { GetOpenIDConnectProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetBucketLifecycleConfigurationCommand, GetBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { Session } from "../session/session";
import type { Bootstrap } from "../../environments/bootstrap";
import {
  bootstrapNames,
  type BootstrapNames,
  type BootstrapOptions,
  type ExistingBucket,
} from "../../stacks/bootstrap";
import { unlessMissing } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { bucketTrouble, stateBucketClient, type OwnBucket } from "../cli/state-bucket";

/** The bucket and the identity provider, where they already exist. Terraform imports them, unless its state already has them. */
export async function existingOf(
  { client }: Session,
  bootstrap: Bootstrap,
): Promise<Pick<BootstrapOptions, "existingProvider" | "existingBucket">> {
  const names = bootstrapNames(bootstrap);
  const provider = { OpenIDConnectProviderArn: names.provider };
  const [found, existingBucket] = await Promise.all([
    names.provider && unlessMissing(client(IAMClient).send(new GetOpenIDConnectProviderCommand(provider))),
    bucketIn(bootstrap, names),
  ]);
  return { existingProvider: found && names.provider, existingBucket };
}

async function bucketIn(
  { account, bucket, region }: Bootstrap,
  { statements, lifecycleRules }: BootstrapNames,
): Promise<ExistingBucket | undefined> {
  const client = stateBucketClient(region);
  const own: OwnBucket = { Bucket: bucket, ExpectedBucketOwner: account };
  const trouble = await bucketTrouble(client, own);
  if (trouble === "missing") return undefined;
  if (trouble === "denied")
    throw new CommandError(
      `The bucket ${bucket} belongs to another account, or you have no access to it: bucket names are unique in all of AWS. Choose another name for state.bucket.`,
    );
  if (trouble !== undefined)
    throw new CommandError(
      `The bucket ${bucket} is in ${trouble.region}: set state.region, or, if it isn't yours, choose another name for state.bucket.`,
    );
  const policy = await unlessMissing(client.send(new GetBucketPolicyCommand(own)));
  const lifecycle = await unlessMissing(client.send(new GetBucketLifecycleConfigurationCommand(own)));
  const { Statement = [] } = JSON.parse(policy?.Policy ?? "{}") as { Statement?: { Sid?: string }[] };
  const [sids, ids] = [Statement.map(({ Sid }) => Sid), (lifecycle?.Rules ?? []).map(({ ID }) => ID)];
  refuseForeign(bucket, "policy statements", sids, statements);
  refuseForeign(bucket, "lifecycle rules", ids, lifecycleRules);
  return { policy: sids.length > 0, lifecycle: ids.length > 0 };
}

/** Terraform owns a bucket's policy and lifecycle rules as a whole: it would delete what others have added. */
function refuseForeign(
  bucket: string,
  kind: string,
  found: readonly (string | undefined)[],
  ours: readonly string[],
): void {
  const foreign = found.filter((id) => id === undefined || !ours.includes(id));
  if (foreign.length === 0) return;
  throw new CommandError(
    `The bucket ${bucket} has ${kind} that this stack would delete: ${foreign.map((id) => id ?? "one without an id").join(", ")}. Nothing was changed. Add them to constructs/aws/state-bucket.ts, since somebody may rely on them, then run this command again.`,
  );
}
