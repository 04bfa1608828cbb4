import { resourcesOf, type StackJson } from "../../stack-json";
import { dependenciesOf } from "../../terraform/references";
import { typicalSeconds } from "./typical-times";

/** A resource's place in the order in which a stack is made. */
export interface Made {
  /** Construct path, such as "cluster/cluster". */
  readonly path: string;
  readonly type: string;
  /** Seconds after the stack's first resource. */
  readonly begins: number;
  /** Seconds that it usually takes. */
  readonly takes: number;
  /** Construct paths of what it waits for, the last to be ready first. */
  readonly waitsFor: readonly string[];
}

/** How a stack is made from nothing. */
export interface Order {
  /** All resources, the first to begin first. */
  readonly all: readonly Made[];
  /** The longest chain of resources that wait for one another. */
  readonly critical: readonly Made[];
  /** Seconds from the first resource to the last. */
  readonly seconds: number;
}

/** Addresses that wait for each other in a ring: Terraform would refuse the stack. */
export class CycleError extends Error {
  override readonly name = "CycleError";
}

/** The order of a stack, read off what its resources name; with as many hands as it takes (Terraform has ten). */
export function orderOf(stack: StackJson): Order {
  const resources = resourcesOf(stack);
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const waits = resourcesOnly(dependenciesOf(stack), (address) => byAddress.has(address));
  const made = new Map<string, Made>();
  const end = (address: string) => {
    const { begins, takes } = visit(address);
    return begins + takes;
  };
  const visit = (address: string): Made => {
    const known = made.get(address);
    if (known) return known;
    const { path, type, body } = byAddress.get(address) ?? { path: address, type: "", body: {} };
    const waitsFor = [...(waits.get(address) ?? [])].sort((a, b) => end(b) - end(a));
    const [last] = waitsFor;
    const entry: Made = {
      path,
      type,
      begins: last === undefined ? 0 : end(last),
      takes: typicalSeconds(type, body),
      waitsFor: waitsFor.map((each) => byAddress.get(each)?.path ?? each),
    };
    made.set(address, entry);
    return entry;
  };
  const all = resources.map(({ address }) => visit(address)).sort((a, b) => a.begins - b.begins);
  const critical = chainTo(all.reduce<Made | undefined>(later, undefined), all);
  const last = critical.at(-1);
  return { all, critical, seconds: last === undefined ? 0 : last.begins + last.takes };
}

function later(a: Made | undefined, b: Made): Made {
  return a === undefined || b.begins + b.takes > a.begins + a.takes ? b : a;
}

/** What was waited for last, and what that waited for last, and so on, the first one first. */
function chainTo(last: Made | undefined, all: readonly Made[]): Made[] {
  const byPath = new Map(all.map((each) => [each.path, each]));
  const chain: Made[] = [];
  for (let each = last; each; each = byPath.get(each.waitsFor[0] ?? "")) chain.unshift(each);
  return chain;
}

/** Data sources are read and not made: who waits for one waits for what it waits for. */
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
