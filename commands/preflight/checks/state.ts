import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { GetBucketVersioningCommand, GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { emulator } from "../../../environments/emulator";
import { localState, stateKey } from "../../../environments/local-state";
import { unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import type { State } from "../../terraform/state";
import { bucketTrouble, stateBucketClient, type OwnBucket } from "../../cli/state-bucket";
import { commandLine } from "../../cli/options";
import { inCi } from "../../cli/terminal";
import { fail, pass, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

const INFRA = "infra";

/** Whether Terraform's state is stored safely, and can be reached. */
export const state: Check = async ({ session }) => {
  const { environment } = session;
  const { state: where, tier, name } = environment;
  const fix = commandLine("bootstrap", environment);
  if (where.kind === "local") {
    const file = localState(name, INFRA);
    const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const lost = isEmpty(text) ? await lostState(session, `the file ${basename(file)}`) : undefined;
    if (lost !== undefined) return lost;
    if (isEmpty(text) && inCi() && emulator() === undefined)
      return fail(
        "local files, which are lost when this job ends (CI is set): nothing could then change or destroy what it deployed",
        `${fix} (if this job also destroys it, or its files are kept, unset CI)`,
      );
    return tier === "development"
      ? pass("local files, on this machine only")
      : warn(
          "local files: other people's deploys would not see this state, and the files contain Redis's password",
          fix,
        );
  }
  const client = stateBucketClient(where.region ?? environment.region);
  const account = environment.account ?? (await session.identity()).account;
  const own: OwnBucket = { Bucket: where.bucket, ExpectedBucketOwner: account };
  const trouble = await troubleOf(client, own, fix);
  const key = stateKey(name, INFRA);
  const lost = isEmpty(await objectText(client, own, key))
    ? await lostState(session, `s3://${where.bucket}/${key}`)
    : undefined;
  return lost ?? trouble ?? pass(`the bucket ${where.bucket}, versioned`);
};

/** A state that does not know of the cluster, which a deploy would then try to create again. */
async function lostState(session: Session, state: string): Promise<Found | undefined> {
  if ((await session.cluster()) === undefined) return undefined;
  return fail(
    `the cluster ${session.names.cluster} exists, but its state is not in ${state}: it was deployed from elsewhere, such as another clone or bucket, or the state was lost`,
    `Delete nothing. Find that state, and set \`state\` in environments/${session.environment.name}.ts to its bucket, or deploy from the checkout with its file. docs/recovery.md says how to move it to another bucket, and what to do if it is lost`,
  );
}

function isEmpty(text: string | undefined): boolean {
  if (text === undefined) return true;
  try {
    // OpenTofu's encrypted ones have none to see.
    return (JSON.parse(text) as State).resources?.length === 0;
  } catch {
    // Damaged: Terraform's own error says so.
    return false;
  }
}

/** Undefined only if it certainly doesn't exist: a role may not be allowed to look. */
async function objectText(client: S3Client, own: OwnBucket, key: string): Promise<string | undefined> {
  try {
    const found = await unlessMissing(client.send(new GetObjectCommand({ ...own, Key: key })));
    return await found?.Body?.transformToString();
  } catch {
    return "";
  }
}

async function troubleOf(client: S3Client, own: OwnBucket, fix: string): Promise<Found | undefined> {
  const { Bucket: bucket } = own;
  const trouble = await bucketTrouble(client, own);
  if (trouble === "missing") return fail(`the bucket ${bucket} does not exist`, fix);
  if (trouble === "denied")
    return fail(`the bucket ${bucket} denies you access, or belongs to another account`);
  if (trouble !== undefined) return fail(`the bucket ${bucket} is in ${trouble.region}: set state.region`);
  const { Status } = await client.send(new GetBucketVersioningCommand(own));
  return Status === "Enabled"
    ? undefined
    : warn(`the bucket ${bucket} is not versioned: a broken state could not be restored`, fix);
}
