import type { PodKind } from "../constructs/platform/helm-chart";
import { roomForNodes } from "../environments/address-plan";
import { allocatable, sizeOf, unknownTypes, type SizeOf } from "../environments/instance-types";
import { EnvironmentError, type Environment } from "../environments";
import { REDIS } from "../environments/names";
import { amountOf, minus, sum, times, type Amount } from "../environments/quantity";
import { ADD_ONS, DAEMONS, IN_CLUSTER_REDIS, addOnReplicas, podsInRollout } from "../environments/requests";
import type { Contradiction } from "../environments/contradictions";
import { refusalLine } from "../environments/refusals";
import type { Settings, WorkloadSettings } from "../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../environments/services";
import { controllersOf } from "./controllers";

/**
 * Whether all pods fit on the node groups, checked at synth and shown by `npx wbot capacity`.
 *
 * Pods are placed on nodes one by one: those for on-demand nodes first, then the largest; those of a new release come
 * last. Totals alone would accept a group whose nodes each have half a pod's room left, or whose free room is out of
 * reach because of the spread over hosts. The spread over zones is only preferred, so it is ignored.
 */

/** Identical pods. */
export interface Part {
  readonly name: string;
  readonly kind: "workload" | "controller" | "add-on";
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

/** A pod that runs on every node. */
export interface Daemon {
  readonly name: string;
  readonly each: Amount;
}

type GroupKey = keyof Settings["nodes"] & ("onDemand" | "spot");
type Counts = Readonly<Record<GroupKey, number>>;

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

/** A situation that the nodes must have room for. */
export interface Scenario {
  /** For example "at the minimum, after losing an on-demand node". */
  readonly name: string;
  readonly bound: "min" | "max";
  /** Whether a release is rolling out. */
  readonly rollout: boolean;
  readonly lost?: GroupKey;
  /** Whether AWS has no spot nodes at all. */
  readonly withoutSpot?: true;
  /** Whether this tier requires all pods to fit. */
  readonly required: boolean;
}

export interface Outcome {
  readonly scenario: Scenario;
  readonly nodes: Counts;
  /** Requests of all pods except daemons. */
  readonly asked: Amount;
  /** What the nodes offer them. */
  readonly room: Amount;
  /** Pods that don't fit, by part. */
  readonly unplaced: readonly Unplaced[];
  readonly fits: boolean;
}

export interface Unplaced {
  readonly part: Part;
  readonly pods: number;
  /** What keeps them off nodes with enough CPU and memory; undefined if no node has enough. */
  readonly by: typeof SPREAD | typeof POD_LIMIT | undefined;
}

const SPREAD = "the spread over hosts" as const;
const POD_LIMIT = "the pod limit of the nodes" as const;

export interface Capacity {
  readonly parts: readonly Part[];
  readonly daemons: readonly Daemon[];
  readonly groups: readonly Group[];
  readonly outcomes: readonly Outcome[];
  /** Settings that must change; empty if all that is required fits. */
  readonly shortfalls: readonly Contradiction[];
}

/** Computes an environment's capacity; `sizes` must know all its instance types. */
export function capacityOf(settings: Settings, sizes: SizeOf = sizeOf): Capacity {
  const simulation = simulated(settings, partsOf(settings), sizes);
  const { parts, groups, outcomes } = simulation;
  // Of one setting, the last: it has to be that large with all the others.
  const shortfalls = new Map(shortfallsOf(simulation, sizes).map((each) => [each.path, each]));
  return {
    parts,
    daemons: Object.entries(DAEMONS).map(([name, requests]) => ({ name, each: amountOf(requests) })),
    groups,
    outcomes,
    shortfalls: [...shortfalls.values()],
  };
}

/** Refuses an environment whose pods don't fit, before anything is created. */
export function refuseShortfalls(environment: Environment): void {
  if (unknownTypes(environment).length > 0) return;
  const { shortfalls } = capacityOf(environment);
  if (shortfalls.length === 0) return;
  throw new EnvironmentError(
    [
      `The pods of the environment "${environment.name}" don't fit on its nodes:`,
      ...shortfalls.map((shortfall) => `  - ${refusalLine(environment, shortfall)}`),
      `For details: npx wbot capacity --env ${environment.name}`,
    ].join("\n"),
  );
}

/** A warning that this synth doesn't check the capacity, and what does; undefined if it does. */
export function uncheckedCapacity(settings: Pick<Settings, "nodes">): string | undefined {
  const unknown = unknownTypes(settings);
  if (unknown.length === 0) return undefined;
  return `The size of ${unknown.join(", ")} is known only to EC2, so synth does not check that all pods fit on the nodes. npx wbot deploy and preflight query EC2 and check it.`;
}

function partsOf(settings: Settings): Part[] {
  const { redis } = settings;
  return [
    ...SERVICE_KEYS.map((key) => workload(SERVICES[key].name, settings[key])),
    ...(redis.kind === "in-cluster" ? [inClusterRedis()] : []),
    ...controllersOf(settings).flatMap((controller) =>
      Object.entries(controller.pods(settings)).map(([name, pods]) => fixed("controller", name, pods)),
    ),
    ...keysOf(ADD_ONS).map((name) =>
      fixed("add-on", name, {
        ...ADD_ONS[name],
        count: addOnReplicas(name, settings),
        onDemandOnly: false,
      }),
    ),
  ];
}

function fixed(kind: Part["kind"], name: string, { count, onDemandOnly, ...requests }: PodKind): Part {
  return {
    name,
    kind,
    each: amountOf(requests),
    min: count,
    max: count,
    rolls: false,
    onDemandOnly,
    spreads: kind !== "add-on",
  };
}

function workload(name: string, { cpu, memory, replicas, capacity }: WorkloadSettings): Part {
  return {
    name,
    kind: "workload",
    each: amountOf({ cpu: cpu.request, memory: memory.request }),
    ...replicas,
    rolls: true,
    onDemandOnly: capacity === "on-demand",
    spreads: true,
  };
}

/** A StatefulSet replaces its pod without a second one; stateful pods stay off spot. */
function inClusterRedis(): Part {
  const { cpu, memory } = IN_CLUSTER_REDIS;
  const each = amountOf({ cpu: cpu.request, memory: memory.request });
  return {
    name: REDIS,
    kind: "workload",
    each,
    min: 1,
    max: 1,
    rolls: false,
    onDemandOnly: true,
    spreads: false,
  };
}

function groupsOf({ nodes }: Settings, sizes: SizeOf): Group[] {
  const daemons = Object.values(DAEMONS).map(amountOf);
  return (["onDemand", "spot"] as const).map((key) => {
    const { instanceTypes, min, max } = nodes[key];
    const [size] = instanceTypes.flatMap((type) => sizes(type) ?? []);
    if (size === undefined) throw new Error(`the size of ${instanceTypes.join(", ")} is not known`);
    const each = allocatable(size);
    const room = minus(each, sum(daemons));
    return { key, min, max, allocatable: each, room, pods: size.pods - daemons.length };
  });
}

/** Each is required in every tier but development, those marked in that one too. */
const SCENARIOS: readonly (Pick<Scenario, "bound"> & Partial<Scenario>)[] = [
  { bound: "min", required: true },
  { bound: "min", rollout: true },
  { bound: "min", lost: "onDemand" },
  { bound: "min", lost: "spot" },
  { bound: "max", rollout: true, required: true },
  { bound: "max", rollout: true, lost: "onDemand" },
  { bound: "max", rollout: true, lost: "spot" },
  { bound: "max", withoutSpot: true },
];

/**
 * In development a rollout or a lost node may wait for the autoscaler, to save spare capacity; the other tiers have
 * that room at their minimum already, and at the maximum need no spot node. Losing a group's only on-demand node is not
 * considered: nothing could replace it.
 */
function scenariosOf({ tier, nodes }: Settings): Scenario[] {
  const spare = { onDemand: nodes.onDemand.min > 1, spot: nodes.spot.min > 0 };
  return SCENARIOS.filter(({ bound, lost }) => bound === "max" || !lost || spare[lost]).map((scenario) => ({
    name: `at the ${scenario.bound}imum${circumstance(scenario)}`,
    rollout: false,
    required: tier !== "development",
    ...scenario,
  }));
}

/** What becomes of the pods of some settings, in every scenario. */
interface Simulation extends Pick<Capacity, "parts" | "groups" | "outcomes"> {
  readonly settings: Settings;
}

function simulated(settings: Settings, parts: readonly Part[], sizes: SizeOf): Simulation {
  const groups = groupsOf(settings, sizes);
  const outcomes = scenariosOf(settings).map((scenario) => outcomeOf(scenario, parts, groups));
  return { settings, parts, groups, outcomes };
}

function circumstance({ lost, withoutSpot, rollout }: Partial<Scenario>): string {
  if (lost) return `, after losing ${lost === "spot" ? "a spot" : "an on-demand"} node`;
  if (withoutSpot) return ", without spot nodes";
  return rollout ? ", while a release rolls out" : "";
}

function outcomeOf(scenario: Scenario, parts: readonly Part[], groups: readonly Group[], more = 0): Outcome {
  const nodes = Object.fromEntries(
    groups.map((group) => [
      group.key,
      group.key === "spot" && scenario.withoutSpot
        ? 0
        : group[scenario.bound] +
          (group.key === "onDemand" ? more : 0) -
          (scenario.lost === group.key ? 1 : 0),
    ]),
  ) as Record<GroupKey, number>;
  const running = parts.map((part) => ({ part, pods: part[scenario.bound] }));
  const released = scenario.rollout
    ? running.flatMap(({ part, pods }) => (part.rolls ? [{ part, pods: podsInRollout(pods) - pods }] : []))
    : [];
  const pods = [...running, ...released];
  const unplaced = pack([...inOrder(running, groups), ...inOrder(released, groups)], groups, nodes);
  return {
    scenario,
    nodes,
    asked: sum(pods.map((each) => times(each.part.each, each.pods))),
    room: sum(groups.map((group) => times(group.room, nodes[group.key]))),
    unplaced,
    fits: unplaced.length === 0,
  };
}

/** Pods of one revision, which spreads on its own. */
interface Pods {
  readonly part: Part;
  readonly pods: number;
}

/** Those restricted to on-demand nodes first, then the largest. */
function inOrder(all: readonly Pods[], groups: readonly Group[]): Pods[] {
  const largest = Math.max(...groups.map(({ room }) => room.cpu));
  const widest = Math.max(...groups.map(({ room }) => room.memory));
  const size = ({ each }: Part) => Math.max(each.cpu / largest, each.memory / widest);
  return [...all].sort(
    (a, b) => Number(b.part.onDemandOnly) - Number(a.part.onDemandOnly) || size(b.part) - size(a.part),
  );
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
 */
function pack(all: readonly Pods[], groups: readonly Group[], nodes: Counts): Unplaced[] {
  const node = ({ key, room, pods }: Group): Node => ({ key, whole: room, pods, ...room });
  const there = groups.flatMap((group) =>
    Array.from({ length: Math.min(group.min, nodes[group.key]) }, () => node(group)),
  );
  const another = (part: Part): Node | undefined => {
    const group = [...groups]
      // Spot first, to leave on-demand nodes to the pods that need them.
      .sort((a, b) => Number(a.key === "onDemand") - Number(b.key === "onDemand"))
      .filter((each) => mayRun(part, each.key) && each.pods > 0 && within(part.each, each.room))
      .find(({ key }) => there.filter((each) => each.key === key).length < nodes[key]);
    return group && node(group);
  };
  const unplaced = all.flatMap(({ part, pods }) => {
    const on = new Map<Node, number>();
    const countOn = (host: Node) => on.get(host) ?? 0;
    for (let left = pods; left > 0; left -= 1) {
      const hosts = there.filter(({ key }) => mayRun(part, key));
      const large = hosts.filter((host) => within(part.each, host));
      const roomy = large.filter((host) => host.pods > 0);
      const least = part.spreads ? Math.min(...hosts.map(countOn)) : Infinity;
      const [best] = roomy.filter((host) => countOn(host) <= least).sort((a, b) => idle(b) - idle(a));
      const host = best ?? another(part);
      if (host === undefined) {
        const by = roomy.length > 0 ? SPREAD : large.length > 0 ? POD_LIMIT : undefined;
        return [{ part, pods: left, by }];
      }
      if (best === undefined) there.push(host);
      on.set(host, countOn(host) + 1);
      host.pods -= 1;
      host.cpu -= part.each.cpu;
      host.memory -= part.each.memory;
    }
    return [];
  });
  return byPart(unplaced);
}

function mayRun(part: Part, key: GroupKey): boolean {
  return !part.onDemandOnly || key === "onDemand";
}

/** Merges the old and new pods of a part. */
function byPart(all: readonly Unplaced[]): Unplaced[] {
  return [...new Set(all.map(({ part }) => part))].map((part) => {
    const both = all.filter((each) => each.part === part);
    return {
      part,
      pods: both.reduce((pods, each) => pods + each.pods, 0),
      by: both.map(({ by }) => by).find((by) => by !== undefined),
    };
  });
}

/** The scheduler's LeastAllocated score of a node, unscaled: its free shares of CPU and memory. */
function idle({ whole, cpu, memory }: Node): number {
  return cpu / whole.cpu + memory / whole.memory;
}

/** The most nodes that the schema allows a group. */
const MOST_NODES = 100;

/**
 * The most on-demand nodes that the settings may have: the subnets have no room for more beside the spot nodes, which alone may
 * be too many for an existing network.
 */
function mostNodes(settings: Settings): number {
  return Math.max(0, Math.min(MOST_NODES, roomForNodes(settings).nodes - settings.nodes.spot.max));
}

/**
 * All that must change for everything to fit. A larger minimum needs a maximum as large, and has pods start elsewhere: so it is
 * applied before the rest is looked at.
 *
 * @param given What was applied, as the beginning of a reason
 */
function shortfallsOf(simulation: Simulation, sizes: SizeOf, given = ""): Contradiction[] {
  const { settings, parts } = simulation;
  const short = shortfall("min", simulation, given) ?? shortfall("max", simulation, given);
  if (short === undefined) return [];
  const { bound, nodes: number, ...refusal } = short;
  if (number === undefined) return [refusal];
  const { onDemand } = settings.nodes;
  const max = Math.max(onDemand.max, number);
  const nodes = { ...settings.nodes, onDemand: { ...onDemand, [bound]: number, max } };
  const follows = { path: "nodes.onDemand.max", allowed: `${max} or more, like nodes.onDemand.min` };
  const applied = bound === "min" ? `with nodes.onDemand.min: ${number}, ` : given;
  const rest = shortfallsOf(simulated({ ...settings, nodes }, parts, sizes), sizes, applied);
  return [refusal, ...(bound === "min" && max > onDemand.max ? [follows] : []), ...rest];
}

interface Shortfall extends Contradiction {
  readonly bound: "min" | "max";
  /** On-demand nodes that are enough; undefined if no number is. */
  readonly nodes?: number;
}

/** The scenario that needs the most nodes, as a message about the number of on-demand nodes, which any pod may use. */
function shortfall(
  bound: "min" | "max",
  { settings, outcomes, parts, groups }: Simulation,
  given: string,
): Shortfall | undefined {
  const [onDemand] = groups;
  if (onDemand === undefined) return undefined;
  const most = mostNodes(settings);
  const short = outcomes
    .filter(({ scenario, fits }) => scenario.bound === bound && scenario.required && !fits)
    .map((outcome) => ({ outcome, needed: needed(outcome.scenario, parts, groups, most) }));
  const worst = short.sort((a, b) => (b.needed ?? Infinity) - (a.needed ?? Infinity))[0];
  if (worst === undefined) return undefined;
  const { outcome, needed: nodes } = worst;
  const largerTypes = (allowed: string) => ({ bound, path: "nodes.onDemand.instanceTypes", allowed });
  const oversized = outcome.unplaced.find(({ part }) => !within(part.each, onDemand.room))?.part;
  if (oversized !== undefined)
    return largerTypes(
      `larger types: one pod of ${oversized.name} requests ${amountText(oversized.each)}, and a node has room for ${amountText(onDemand.room)}`,
    );
  const { max } = settings.nodes.spot;
  const limit =
    most < MOST_NODES
      ? ` (the subnets have room for ${most} on-demand nodes beside the ${max} of nodes.spot.max: a lower one leaves more)`
      : "";
  if (nodes === undefined)
    return largerTypes(`larger types, or fewer or smaller pods${limit}: ${given}${why(outcome)}`);
  const allowed = `${nodes} or more: ${given}${why(outcome)}`;
  return { bound, nodes, path: `nodes.onDemand.${bound}`, allowed };
}

/** The fewest on-demand nodes with which all pods fit; undefined if no number up to `most` helps. */
function needed(
  scenario: Scenario,
  parts: readonly Part[],
  groups: readonly Group[],
  most: number,
): number | undefined {
  const now = groups[0]?.[scenario.bound] ?? 0;
  for (let more = 1; now + more <= most; more += 1)
    if (outcomeOf(scenario, parts, groups, more).fits) return now + more;
  return undefined;
}

function why({ scenario, nodes, asked, room, unplaced }: Outcome): string {
  const missing = sum(unplaced.map(({ part, pods }) => times(part.each, pods)));
  return (
    `${scenario.name}, pods request ${amountText(asked)}; ${nodesText(nodes)} have room for ${amountText(room)}, ` +
    `and pods requesting ${amountText(missing)} don't fit: ${unplacedText(unplaced)}`
  );
}

/** How many kinds of pods a message names. */
const NAMED = 3;

/** "wbot-ai (2), coredns (1), 3 more" */
export function unplacedText(unplaced: Outcome["unplaced"]): string {
  const named = unplaced
    .slice(0, NAMED)
    .map(({ part, pods, by }) => `${part.name} (${pods}${by === undefined ? "" : `, due to ${by}`})`);
  const others = unplaced.slice(NAMED).reduce((all, { pods }) => all + pods, 0);
  return [...named, ...(others > 0 ? [`${others} more`] : [])].join(", ");
}

/** "2 on-demand and 1 spot nodes" */
export function nodesText({ onDemand, spot }: Counts): string {
  return `${onDemand} on-demand and ${spot} spot nodes`;
}

/** "1.75 CPU and 5.8 GiB" */
export function amountText({ cpu, memory }: Amount): string {
  return `${cores(cpu)} CPU and ${gib(memory)} GiB`;
}

/** Cores, to the hundredth. @param milli thousandths of a core */
function cores(milli: number): string {
  return String(Math.round(milli / 10) / 100);
}

/** GiB, to the tenth. @param mebi MiB */
function gib(mebi: number): string {
  return (Math.round((mebi * 10) / 1024) / 10).toFixed(1);
}

function within(a: Amount, b: Amount): boolean {
  return a.cpu <= b.cpu && a.memory <= b.memory;
}

function keysOf<T extends object>(record: T): (keyof T)[] {
  return Object.keys(record) as (keyof T)[];
}
