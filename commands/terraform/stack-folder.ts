import { join } from "node:path";
import { outputFolder, type Environment } from "../../environments";
import { synthesize } from "../../stacks/synthesize";
import { stackJsonIn, type StackJson } from "../synthesized";
import { STACKS, type StackName } from "../stack-names";
import { putLocks } from "./lock";

/** A stack as it was written for Terraform. */
export interface StackFolder {
  readonly stack: StackName;
  /** Where Terraform runs. */
  readonly path: string;
  /** Construct path of a resource's address, such as "load-balancer/nlb"; the address itself where none can be told. */
  readonly nameOf: (address: string) => string;
}

/** Writes both stacks where `cdktf` has them too, and their lock files beside them. */
export function writeStacks(environment: Environment): Record<StackName, StackFolder> {
  const outdir = outputFolder();
  synthesize(environment, outdir);
  putLocks(environment, outdir);
  const folder = (stack: StackName): StackFolder => {
    const path = join(outdir, environment.name, "stacks", stack);
    const names = constructPaths(stackJsonIn(path));
    return { stack, path, nameOf: (address) => names.get(address) ?? formerName(address) };
  };
  return Object.fromEntries(STACKS.map((stack) => [stack, folder(stack)])) as Record<StackName, StackFolder>;
}

/** Of what is synthesized no more: the path as cdktf makes an id of it, joined by underscores, without the hash. */
function formerName(address: string): string {
  return /^(?:data\.)?\w+\.([\w-]+)_[0-9A-F]{8}$/.exec(address)?.[1] ?? address;
}

function constructPaths(json: StackJson): Map<string, string> {
  const names = new Map<string, string>();
  const sections = [
    ["", json.resource],
    ["data.", json.data],
  ] as const;
  for (const [prefix, section] of sections)
    for (const [type, items] of Object.entries(section ?? {}))
      for (const [id, { "//": note }] of Object.entries(items)) {
        // Without the stack's own name, which comes first.
        const path = note?.metadata?.path?.split("/").slice(1).join("/");
        if (path !== undefined) names.set(`${prefix}${type}.${id}`, path);
      }
  return names;
}
