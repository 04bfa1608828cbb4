import { CreateBucketCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { Environment } from "../../environments";
import { clientConfig, isAwsError } from "../cli/aws";
import { emulator } from "../../environments/emulator";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { Session } from "../session/session";
import { harden, type Hardened } from "./harden";

export interface InitOptions {
  /** @default - the environment's, else wbot-state-<account>-<region> */
  readonly bucket?: string;
  /** @default - aws/s3, which AWS manages */
  readonly kmsKeyId?: string;
  readonly json: boolean;
}

/** Makes and hardens the bucket; what is already so is left alone, so that a second run changes nothing. */
export async function initState(environment: Environment, options: InitOptions): Promise<ExitCode> {
  const { region: own, state } = environment;
  const region = state.kind === "s3" ? (state.region ?? own) : own;
  const account = await new Session(environment).expectedAccount("Nothing was made.");
  const bucket = options.bucket ?? (state.kind === "s3" ? state.bucket : `wbot-state-${account}-${region}`);
  const kmsKeyId = options.kmsKeyId ?? (state.kind === "s3" ? state.kmsKeyId : undefined);
  ifInterrupted(`To make sure that the bucket is whole: ${commandLine("state", environment, "init")}`);
  // Emulators have no host name for each bucket.
  const client = new S3Client({ ...clientConfig(region), forcePathStyle: emulator() !== undefined });
  const made = await make(client, bucket, region);
  const done = await harden(client, { bucket, kmsKeyId, environment });
  const lines = settingsFor({ account, bucket, kmsKeyId, region, own });
  if (options.json) console.log(JSON.stringify({ bucket, region, made, settings: done, lines }, null, 2));
  else tell(environment, { bucket, made, done, lines });
  return EXIT.done;
}

async function make(client: S3Client, bucket: string, region: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return false;
  } catch (error) {
    if (isAwsError(error, "Forbidden", "403")) throw taken(bucket);
    if (!isAwsError(error, "NotFound", "NoSuchBucket")) throw error;
  }
  try {
    await client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ObjectOwnership: "BucketOwnerEnforced",
        // The one region that must not be named.
        ...(region === "us-east-1"
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }),
      }),
    );
    return true;
  } catch (error) {
    if (isAwsError(error, "BucketAlreadyExists")) throw taken(bucket);
    throw error;
  }
}

function taken(bucket: string): CommandError {
  return new CommandError(
    `The bucket ${bucket} belongs to somebody else, or is closed to you: bucket names are unique in all of AWS. Choose another: --bucket <name>`,
  );
}

function settingsFor(found: {
  readonly account: string;
  readonly bucket: string;
  readonly kmsKeyId: string | undefined;
  readonly region: string;
  readonly own: string;
}): string[] {
  const { account, bucket, kmsKeyId, region, own } = found;
  const state = [
    'kind: "s3"',
    `bucket: "${bucket}"`,
    ...(region === own ? [] : [`region: "${region}"`]),
    ...(kmsKeyId === undefined ? [] : [`kmsKeyId: "${kmsKeyId}"`]),
  ];
  return [`account: "${account}",`, `state: { ${state.join(", ")} },`];
}

function tell(
  environment: Environment,
  found: {
    readonly bucket: string;
    readonly made: boolean;
    readonly done: readonly Hardened[];
    readonly lines: readonly string[];
  },
): void {
  const { name, state } = environment;
  console.log(
    [
      `${found.bucket}: ${found.made ? "made" : "was there"}`,
      ...found.done.map(({ what, changed }) => `  ${changed ? "set    " : "already"}  ${what}`),
      ...(state.kind === "s3" && state.bucket === found.bucket
        ? [`\n${name} keeps its state there.`]
        : [
            `\nPut these lines into environments/${name}.ts:\n`,
            ...found.lines.map((line) => `  ${line}`),
            `\nthen move the local state there, if there is any: ${commandLine("state", environment, "move")}`,
          ]),
    ].join("\n"),
  );
}
