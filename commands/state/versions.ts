import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetObjectCommand, ListObjectVersionsCommand, type S3Client } from "@aws-sdk/client-s3";
import { stateKey, stateRegion } from "../../environments/local-state";
import type { StackName } from "../../stacks/stack-names";
import { isAwsError } from "../cli/aws";
import { requireConfirmation } from "../cli/confirmation";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { withPrivateFolder } from "../cli/private-folder";
import { stateBucketClient, type OwnBucket } from "../cli/state-bucket";
import { colour, columns } from "../cli/terminal";
import { refuseUnwritten } from "../leftovers/unwritten-state";
import type { Session } from "../session/session";
import { init } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";
import { pulled, terraformOn, type State } from "../terraform/state";

const LEFT = "the state is left as it is";

interface Place {
  readonly folder: StackFolder;
  readonly client: S3Client;
  readonly own: OwnBucket;
  readonly key: string;
}

/** Prints the versions of a stack's state, newest first. */
export async function listVersions(session: Session, stack: StackName): Promise<ExitCode> {
  const { client, own, key } = await placeOf(session, stack);
  // The newest 1000: S3 lists a key's versions newest first, and those of its lock file after them.
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ ...own, Prefix: key }));
  const versions = Versions.filter((each) => each.Key === key);
  if (versions.length === 0) {
    console.log(`${own.Bucket} has no state of ${stack} (${key}).`);
    return EXIT.failed;
  }
  console.log(
    columns(
      versions.map(({ VersionId = "", LastModified, Size = 0, IsLatest }) => [
        VersionId,
        LastModified?.toISOString() ?? "",
        `${Math.ceil(Size / 1024)} KiB`,
        IsLatest === true ? "current" : "",
      ]),
    ).join("\n"),
  );
  return EXIT.done;
}

/** Shows what an earlier version would add and forget, asks for confirmation, and writes it as the newest. */
export async function restoreVersion(
  session: Session,
  stack: StackName,
  version: string,
  yes: boolean,
): Promise<ExitCode> {
  const { environment } = session;
  const place = await placeOf(session, stack);
  // Once a newer state is written, that one never can be.
  refuseUnwritten(
    place.folder,
    "\nIf that says that it can't be written any more, move the file out of that folder, keep it, and run this again.",
  );
  const earlier = await versionOf(session, place, version);
  await init(place.folder);
  const now = await pulled(place.folder, LEFT);
  console.log(shown(now, earlier).join("\n"));
  const question = `Restore this state of ${stack} in ${environment.name}?`;
  await requireConfirmation({ question, yes, refused: "Nothing was written" });
  ifInterrupted(
    `To see whether this version is the current one now: ${commandLine("state", environment, `versions ${stack}`)}`,
  );
  // Terraform then refuses it if somebody has written meanwhile, and always that of another state.
  const serial = Math.max(now?.serial ?? 0, earlier.serial ?? 0) + 1;
  await withPrivateFolder((folder) => {
    const file = join(folder, "state.json");
    writeFileSync(file, JSON.stringify({ ...earlier, serial }), { mode: 0o600 });
    return terraformOn(place.folder, ["state", "push", file], LEFT);
  });
  console.log(
    `Restored. No resource was changed; see what a deploy would now do: ${commandLine("diff", environment, stack)}`,
  );
  return EXIT.done;
}

async function placeOf(session: Session, stack: StackName): Promise<Place> {
  const { environment } = session;
  const { name, state } = environment;
  if (state.kind === "local")
    throw new CommandError(
      `The environment "${name}" keeps its state in local files, which have no versions, only the last one: terraform.${name}.${stack}.tfstate.backup`,
    );
  const account = await session.requireAccount("Nothing was read.");
  const folder = (await session.synthesized())[stack];
  const own: OwnBucket = { Bucket: state.bucket, ExpectedBucketOwner: account };
  return { folder, client: stateBucketClient(stateRegion(environment)), own, key: stateKey(name, stack) };
}

async function versionOf(
  { environment }: Session,
  { client, own, key, folder }: Place,
  VersionId: string,
): Promise<State> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ ...own, Key: key, VersionId }));
    return JSON.parse((await Body?.transformToString()) ?? "") as State;
  } catch (error) {
    if (!isAwsError(error, "NoSuchVersion", "InvalidArgument", "NoSuchKey")) throw error;
    throw new CommandError(
      `The state of ${folder.stack} in ${own.Bucket} has no version ${VersionId}. To see them: ${commandLine("state", environment, `versions ${folder.stack}`)}`,
    );
  }
}

/** Resources that the earlier state knows and today's doesn't, and the other way round. */
function shown(now: State | undefined, earlier: State): string[] {
  const [today, then] = [addresses(now), addresses(earlier)];
  const found = then.filter((each) => !today.includes(each));
  const lost = today.filter((each) => !then.includes(each));
  return [
    `${then.length} resources, ${today.length} today:`,
    ...found.map((each) => `  ${colour.green("+")} ${each} is in the state again`),
    ...lost.map((each) => `  ${colour.red("-")} ${each} is forgotten: it stays, but no stack manages it`),
    ...(found.length + lost.length === 0 ? ["  the same resources, with their earlier attributes"] : []),
  ];
}

function addresses(state: State | undefined): string[] {
  return (state?.resources ?? [])
    .filter(({ mode }) => mode === "managed")
    .map(({ type = "", name = "" }) => `${type}.${name}`);
}
