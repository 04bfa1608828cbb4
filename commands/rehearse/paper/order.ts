import { resourcesOf, type Resource, type StackJson } from "../../../stacks/stack-json";
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

/** A dependency cycle: Terraform would refuse the stack. */
export class CycleError extends Error {
  override readonly name = "CycleError";
}

/** The order of a stack by its references, as if Terraform had unlimited parallelism (it has 10). */
export function orderOf(stack: StackJson): Order {
  const all = [...schedule(stack).values()].sort((a, b) => a.begins - b.begins);
  const last = all.reduce<Made | undefined>(later, undefined);
  return { all, critical: chainTo(last, all), seconds: last === undefined ? 0 : endOf(last) };
}

/** Every resource by address; it starts when the last one that it waits for is ready. */
function schedule(stack: StackJson): Map<string, Made> {
  const resources = new Map(resourcesOf(stack).map((resource) => [resource.address, resource]));
  const waits = resourcesOnly(dependenciesOf(stack), (address) => resources.has(address));
  const made = new Map<string, Made>();
  const place = ({ address, path, type, body }: Resource): Made => {
    const known = made.get(address);
    if (known) return known;
    const before = [...(waits.get(address) ?? [])]
      .flatMap((each) => resources.get(each) ?? [])
      .map(place)
      .sort((a, b) => endOf(b) - endOf(a));
    const [last] = before;
    const begins = last === undefined ? 0 : endOf(last);
    const waitsFor = before.map((each) => each.path);
    const placed = { path, type, begins, takes: typicalSeconds(type, body), waitsFor };
    made.set(address, placed);
    return placed;
  };
  for (const resource of resources.values()) place(resource);
  return made;
}

function endOf({ begins, takes }: Made): number {
  return begins + takes;
}

function later(a: Made | undefined, b: Made): Made {
  return a === undefined || endOf(b) > endOf(a) ? b : a;
}

/** The critical chain: back from the last resource, each time to the one waited for longest; in order of creation. */
function chainTo(last: Made | undefined, all: readonly Made[]): Made[] {
  const byPath = new Map(all.map((each) => [each.path, each]));
  const chain: Made[] = [];
  for (let each = last; each; each = byPath.get(each.waitsFor[0] ?? "")) chain.unshift(each);
  return chain;
}

/** Data sources are not created: what waits for one waits for what it waits for. */
function resourcesOnly(
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
  isResource: (address: string) => boolean,
): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  const walk = (address: string, above: readonly string[]): ReadonlySet<string> => {
    const known = found.get(address);
    if (known) return known;
    if (above.includes(address))
      throw new CycleError([...above.slice(above.indexOf(address)), address].join(" → "));
    const waits = new Set<string>();
    for (const to of dependencies.get(address) ?? []) {
      const further = walk(to, [...above, address]);
      if (isResource(to)) waits.add(to);
      else for (const each of further) waits.add(each);
    }
    found.set(address, waits);
    return waits;
  };
  for (const address of dependencies.keys()) walk(address, []);
  return found;
}
