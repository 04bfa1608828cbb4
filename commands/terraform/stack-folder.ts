import { dirname, join } from "node:path";
import { outputFolder, type Environment } from "../../environments";
import { CommandError } from "../cli/exit-codes";
import { privateFolder } from "../cli/private-folder";
import type { Bootstrap } from "../../environments/bootstrap";
import type { BootstrapOptions } from "../../stacks/bootstrap";
import { dataSourcesOf, resourcesOf, stackJsonIn, type StackJson } from "../../stacks/stack-json";
import { BOOTSTRAP, stackPath, type AnyStackName, type StackName } from "../../stacks/stack-names";
import {
  lastWritten,
  writeBootstrap as writeBootstrapTo,
  writeStacks,
  type StackOptions,
} from "../../stacks/write";

/** A stack as it was written for Terraform. */
export interface StackFolder<Name extends AnyStackName = AnyStackName> {
  readonly stack: Name;
  /** Where Terraform runs. */
  readonly path: string;
  /** What was written there. */
  readonly json: StackJson;
  readonly checksum: string | undefined;
  /** Construct path of a resource's address, such as "load-balancer/nlb"; the address itself where none can be told. */
  readonly nameOf: (address: string) => string;
}

export type StackFolders = { readonly [Name in StackName]: StackFolder<Name> };

/** Writes both stacks, by default where `cdktf` has them too, and their lock files next to them. */
export function stackFolders(
  environment: Environment,
  options?: StackOptions,
  outdir = outputFolder(),
): StackFolders {
  writeStacks(environment, outdir, options);
  const folder = <Name extends StackName>(stack: Name) =>
    folderAt(stack, stackPath(environment, stack, outdir));
  return { infra: folder("infra"), app: folder("app") };
}

/** Both stacks, only to read what is synthesized: their files are gone. */
export function stacksToRead(environment: Environment): StackFolders {
  const { path, remove } = privateFolder();
  try {
    return stackFolders(environment, {}, path);
  } finally {
    remove();
  }
}

/** Writes the bootstrap stack into a folder of its own; `environment` is any one of its environments. */
export function writeBootstrap(
  environment: Environment,
  bootstrap: Bootstrap,
  options: BootstrapOptions,
): StackFolder {
  const folder = join(outputFolder(), BOOTSTRAP, bootstrap.bucket);
  const path = writeBootstrapTo(environment, bootstrap, folder, options);
  return folderAt(BOOTSTRAP, path);
}

function folderAt<Name extends AnyStackName>(stack: Name, path: string): StackFolder<Name> {
  const json = stackJsonIn(path);
  const all = [...resourcesOf(json), ...dataSourcesOf(json)];
  const names = new Map(all.map((each) => [each.address, each.path]));
  const nameOf = (address: string) => names.get(address) ?? formerName(address);
  return { stack, path, json, checksum: lastWritten(path), nameOf };
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
    `Another command rewrote ${dirname(dirname(path))} with other settings while ${stack} was being planned, so the plan was discarded. Run this again once that command has ended, or use a separate folder: export CDKTF_OUTDIR=<folder>`,
  );
}

/** A path as cdktf makes an id of it, without the hash: without the parts that the ones before them end with. */
export function idOf(path: string): string {
  return path
    .split("/")
    .reduce<string[]>((id, part) => (id.at(-1)?.endsWith(part) === true ? id : [...id, part]), [])
    .join("_")
    .replace(/[^\w-]/g, "");
}

/** The name of what is no longer synthesized: the id without the hash. */
function formerName(address: string): string {
  return /^(?:data\.)?\w+\.([\w-]+)_[0-9A-F]{8}$/.exec(address)?.[1] ?? address;
}
