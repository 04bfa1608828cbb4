import type { NODE_GROUPS } from "../environments/names";
import type { Amount } from "../environments/quantity";

/** Which pods would find a node: what the scheduler and the autoscaler would do, played through pod by pod. */

/** Identical pods. */
export interface Part {
  readonly name: string;
  readonly each: Amount;
  /** Pods that always run. */
  readonly min: number;
  readonly max: number;
  /** Whether a release starts new ones next to them: see `podsInRollout`. */
  readonly rolls: boolean;
  /** Whether they must not run on spot nodes. */
  readonly onDemandOnly: boolean;
  /** Whether they must spread over hosts: EKS's add-ons need not. */
  readonly spreads: boolean;
}

export type GroupKey = keyof typeof NODE_GROUPS;
/** Nodes of each group. */
export type Counts = Readonly<Record<GroupKey, number>>;

export interface Group {
  readonly key: GroupKey;
  readonly min: number;
  readonly max: number;
  /** Allocatable on each node; all its instance types have the same size. */
  readonly allocatable: Amount;
  /** What daemons leave of that for other pods. */
  readonly room: Amount;
  /** Pods that a node may have besides its daemons, whatever they request. */
  readonly pods: number;
}

export type Groups = readonly [onDemand: Group, spot: Group];

/** Pods of one revision, which spreads on its own. */
export interface Pods {
  readonly part: Part;
  readonly pods: number;
}

/** Pods that don't fit, of all revisions of a part. */
export interface Unplaced extends Pods {
  /** What keeps them off nodes with enough CPU and memory; undefined if no node has enough. */
  readonly by: "the spread over hosts" | "the pod limit of the nodes" | undefined;
}

interface Node extends Amount {
  readonly key: GroupKey;
  /** Its room for pods when empty. */
  readonly whole: Amount;
  cpu: number;
  memory: number;
  pods: number;
}

/**
 * Places each pod where the scheduler would, and returns those that don't fit. A group starts at its minimum and gets a
 * node only for a pod that doesn't fit, like the autoscaler: so a release's old pods are packed densely, and its new
 * ones meet full nodes. No host may have more of a part's pods than another the part may run on, even if that one is
 * full.
 *
 * @param nodes what each group has at most
 */
export function unplacedOf(all: readonly Pods[], groups: Groups, nodes: Counts): Unplaced[] {
  const newNode = ({ key, room, pods }: Group): Node => ({ key, whole: room, pods, ...room });
  const running = groups.flatMap((group) =>
    Array.from({ length: Math.min(group.min, nodes[group.key]) }, () => newNode(group)),
  );
  const nodeToAdd = (part: Part): Node | undefined => {
    // Spot first, to leave on-demand nodes to the pods that need them.
    const group = groups.findLast(
      ({ key, room, pods }) =>
        mayRun(part, key) &&
        pods > 0 &&
        within(part.each, room) &&
        running.filter((each) => each.key === key).length < nodes[key],
    );
    return group && newNode(group);
  };
  const unplaced = new Map<Part, Unplaced>();
  for (const { part, pods } of all) {
    const placed = new Map<Node, number>();
    const placedOn = (host: Node) => placed.get(host) ?? 0;
    for (let left = pods; left > 0; left -= 1) {
      const hosts = running.filter(({ key }) => mayRun(part, key));
      const large = hosts.filter((host) => within(part.each, host));
      const least = part.spreads ? Math.min(...hosts.map(placedOn)) : Infinity;
      const fitting = large.filter((host) => host.pods > 0 && placedOn(host) <= least);
      const [best] = fitting.sort((a, b) => idle(b) - idle(a));
      const host = best ?? nodeToAdd(part);
      if (host === undefined) {
        const by = obstacle(large);
        const others = unplaced.get(part);
        unplaced.set(part, { part, pods: left + (others?.pods ?? 0), by: others?.by ?? by });
        break;
      }
      if (best === undefined) running.push(host);
      placed.set(host, placedOn(host) + 1);
      host.pods -= 1;
      host.cpu -= part.each.cpu;
      host.memory -= part.each.memory;
    }
  }
  return [...unplaced.values()];
}

/** What keeps a pod off nodes that have enough CPU and memory for it. */
function obstacle(large: readonly Node[]): Unplaced["by"] {
  if (large.some(({ pods }) => pods > 0)) return "the spread over hosts";
  return large.length > 0 ? "the pod limit of the nodes" : undefined;
}

function mayRun(part: Part, key: GroupKey): boolean {
  return !part.onDemandOnly || key === "onDemand";
}

/** The scheduler's LeastAllocated score of a node, unscaled: its free shares of CPU and memory. */
function idle({ whole, cpu, memory }: Node): number {
  return cpu / whole.cpu + memory / whole.memory;
}

export function within(a: Amount, b: Amount): boolean {
  return a.cpu <= b.cpu && a.memory <= b.memory;
}
