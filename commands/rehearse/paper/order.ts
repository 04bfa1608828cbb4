import { EnvironmentError } from "../../../environments";
import { resourcesOf, type Resource, type StackJson } from "../../../stacks/stack-json";
import type { StackName } from "../../../stacks/stack-names";
import { dependenciesOf } from "../../terraform/references";
import { typicalSeconds } from "./typical-times";

/** A resource's place in the order in which a stack is created. */
export interface Made {
  /** Construct path, such as "cluster/cluster". */
  readonly path: string;
  readonly type: string;
  /** Seconds after the stack's first resource. */
  readonly begins: number;
  /** How many seconds it usually takes. */
  readonly takes: number;
  /** Construct paths of what it waits for, last to be ready first. */
  readonly waitsFor: readonly string[];
}

/** How a stack is created from scratch. */
export interface Order {
  /** All resources, in order of their start. */
  readonly all: readonly Made[];
  /** The longest chain of resources that wait for one another. */
  readonly critical: readonly Made[];
  /** Seconds from the first resource's start to the last one's end. */
  readonly seconds: number;
}

/**
 * The order of a stack by its references, as if Terraform had unlimited parallelism (it has 10). Throws an EnvironmentError
 * if there is a dependency cycle, for which Terraform would refuse the stack.
 */
export function orderOf(name: StackName, stack: StackJson): Order {
  const all = schedule(name, stack).sort((a, b) => a.begins - b.begins);
  const [last] = all.toSorted((a, b) => endOf(b) - endOf(a));
  return { all, critical: chainTo(last, all), seconds: last === undefined ? 0 : endOf(last) };
}

/** Every resource starts when the last one that it waits for is ready. */
function schedule(name: StackName, stack: StackJson): Made[] {
  const resources = new Map(resourcesOf(stack).map((resource) => [resource.address, resource]));
  const dependencies = dependenciesOf(stack);
  const placed = new Map<string, readonly Made[]>();
  /** A resource, or what a data source waits for: it is not created itself. */
  const place = (address: string, above: readonly string[] = []): readonly Made[] => {
    const known = placed.get(address);
    if (known) return known;
    if (above.includes(address)) {
      const cycle = [...above.slice(above.indexOf(address)), address];
      throw new EnvironmentError(`${name} has a dependency cycle: ${cycle.join(" → ")}`);
    }
    const waits = [...(dependencies.get(address) ?? [])].flatMap((each) => place(each, [...above, address]));
    const before = [...new Set(waits)].sort((a, b) => endOf(b) - endOf(a));
    const resource = resources.get(address);
    const found = resource === undefined ? before : [made(resource, before)];
    placed.set(address, found);
    return found;
  };
  for (const address of dependencies.keys()) place(address);
  return [...placed].flatMap(([address, found]) => (resources.has(address) ? found : []));
}

function made({ path, type, body }: Resource, before: readonly Made[]): Made {
  const [last] = before;
  return {
    path,
    type,
    begins: last === undefined ? 0 : endOf(last),
    takes: typicalSeconds(type, body),
    waitsFor: before.map((each) => each.path),
  };
}

function endOf({ begins, takes }: Made): number {
  return begins + takes;
}

/** The critical chain: back from the last resource, each time to the one waited for longest; in order of creation. */
function chainTo(last: Made | undefined, all: readonly Made[]): Made[] {
  const byPath = new Map(all.map((each) => [each.path, each]));
  const chain: Made[] = [];
  for (let each = last; each; each = byPath.get(each.waitsFor[0] ?? "")) chain.unshift(each);
  return chain;
}
