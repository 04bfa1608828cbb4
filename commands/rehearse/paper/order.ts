import { EnvironmentError } from "../../../environments";
import { resourcesOf, type Resource, type StackJson } from "../../../stacks/stack-json";
import type { StackName } from "../../../stacks/stack-names";
import { dependenciesOf } from "../../terraform/references";
import { typicalSeconds } from "./typical-times";

/** A resource's place in the order in which a stack is created. */
export interface ScheduledResource {
  /** Construct path, such as "cluster/cluster". */
  readonly path: string;
  readonly type: string;
  /** Seconds after the stack's first resource. */
  readonly start: number;
  /** How many seconds it usually takes. */
  readonly duration: number;
  /** Construct paths of what it waits for, last to be ready first. */
  readonly waitsFor: readonly string[];
}

/** How a stack is created from scratch. */
export interface Order {
  /** All resources, in order of their start. */
  readonly all: readonly ScheduledResource[];
  /** The longest chain of resources that wait for one another. */
  readonly critical: readonly ScheduledResource[];
  /** Seconds from the first resource's start to the last one's end. */
  readonly seconds: number;
}

/**
 * The order of a stack by its references, as if Terraform had unlimited parallelism (it has 10). Throws an EnvironmentError
 * if there is a dependency cycle, for which Terraform would refuse the stack.
 */
export function orderOf(name: StackName, stack: StackJson): Order {
  const all = schedule(name, stack).sort((a, b) => a.start - b.start);
  const byPath = new Map(all.map((each) => [each.path, each]));
  const [last] = all.toSorted((a, b) => endOf(b) - endOf(a));
  // Back from the last resource, each time to the one waited for longest.
  const critical: ScheduledResource[] = [];
  for (let each = last; each; each = byPath.get(each.waitsFor[0] ?? "")) critical.unshift(each);
  return { all, critical, seconds: last === undefined ? 0 : endOf(last) };
}

/** Every resource starts when the last one that it waits for is ready. */
function schedule(name: StackName, stack: StackJson): ScheduledResource[] {
  const resources = new Map(resourcesOf(stack).map((resource) => [resource.address, resource]));
  const dependencies = dependenciesOf(stack);
  const placed = new Map<string, readonly ScheduledResource[]>();
  /** A resource, or what a data source waits for: it is not created itself. */
  const place = (address: string, ancestors: readonly string[] = []): readonly ScheduledResource[] => {
    const known = placed.get(address);
    if (known) return known;
    if (ancestors.includes(address)) {
      const cycle = [...ancestors.slice(ancestors.indexOf(address)), address];
      throw new EnvironmentError(`${name} has a dependency cycle: ${cycle.join(" → ")}`);
    }
    const waits = [...(dependencies.get(address) ?? [])].flatMap((each) =>
      place(each, [...ancestors, address]),
    );
    const before = [...new Set(waits)].sort((a, b) => endOf(b) - endOf(a));
    const resource = resources.get(address);
    const found = resource === undefined ? before : [scheduled(resource, before)];
    placed.set(address, found);
    return found;
  };
  for (const address of dependencies.keys()) place(address);
  return [...new Set([...placed.values()].flat())];
}

function scheduled({ path, type, body }: Resource, before: readonly ScheduledResource[]): ScheduledResource {
  const [last] = before;
  return {
    path,
    type,
    start: last === undefined ? 0 : endOf(last),
    duration: typicalSeconds(type, body),
    waitsFor: before.map((each) => each.path),
  };
}

function endOf({ start, duration }: ScheduledResource): number {
  return start + duration;
}
