import { dirname, join } from "node:path";
import { outputFolder, type Environment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { dataSourcesOf, resourcesOf, stackJsonIn, type StackJson } from "../../stacks/stack-json";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { lastWritten, putStacks, type StackOptions } from "../../stacks/write";

/** A stack as it was written for Terraform. */
export interface StackFolder {
  readonly stack: StackName;
  /** Where Terraform runs. */
  readonly path: string;
  /** What was written there. */
  readonly json: StackJson;
  readonly checksum: string | undefined;
  /** Construct path of a resource's address, such as "load-balancer/nlb"; the address itself where none can be told. */
  readonly nameOf: (address: string) => string;
}

export type StackFolders = Readonly<Record<StackName, StackFolder>>;

/** Writes both stacks, by default where `cdktf` has them too, and their lock files beside them. */
export function writeStacks(
  environment: Environment,
  options?: StackOptions,
  outdir = outputFolder(),
): StackFolders {
  putStacks(environment, outdir, options);
  const folder = (stack: StackName): StackFolder => {
    const path = join(outdir, environment.name, "stacks", stack);
    const json = stackJsonIn(path);
    const names = constructPaths(json);
    const nameOf = (address: string) => names.get(address) ?? formerName(address);
    return { stack, path, json, checksum: lastWritten(path), nameOf };
  };
  return Object.fromEntries(STACKS.map((stack) => [stack, folder(stack)])) as Record<StackName, StackFolder>;
}

/** Whether another command has synthesized something else there since. */
export function isRewritten({ path, checksum }: StackFolder): boolean {
  return lastWritten(path) !== checksum;
}

/** Refuses a plan of what another command has synthesized there since: Terraform reads the folder, not our settings. */
export function refuseRewritten(folder: StackFolder): void {
  const { stack, path } = folder;
  if (!isRewritten(folder)) return;
  throw new CommandError(
    `Another command rewrote ${dirname(dirname(path))} with other settings while ${stack} was being planned, so the plan was dropped. Run this again once that command has ended, or use a separate folder: export CDKTF_OUTDIR=<folder>`,
  );
}

/** Of what is synthesized no more: the path as cdktf makes an id of it, joined by underscores, without the hash. */
function formerName(address: string): string {
  return /^(?:data\.)?\w+\.([\w-]+)_[0-9A-F]{8}$/.exec(address)?.[1] ?? address;
}

function constructPaths(json: StackJson): Map<string, string> {
  return new Map([...resourcesOf(json), ...dataSourcesOf(json)].map(({ address, path }) => [address, path]));
}
