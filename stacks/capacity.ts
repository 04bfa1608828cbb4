import type { PodKind } from "../constructs/platform/helm-chart";
import { roomForNodes } from "../environments/address-plan";
import { allocatable, sizeOf, unknownTypes, type SizeOf } from "../environments/instance-types";
import { EnvironmentError, type Environment } from "../environments";
import { REDIS } from "../environments/names";
import { amountOf, minus, sum, times, type Amount } from "../environments/quantity";
import { ADD_ONS, DAEMONS, IN_CLUSTER_REDIS, addOnReplicas, podsInRollout } from "../environments/requests";
import type { Contradiction } from "../environments/contradictions";
import { contradictionLine } from "../environments/setting-errors";
import type { Settings } from "../environments/schema";
import { SERVICE_KEYS, SERVICES } from "../environments/services";
import { controllersOf } from "./controllers";
import {
  unplacedOf,
  within,
  type Counts,
  type Group,
  type Groups,
  type GroupKey,
  type Part,
  type Pods,
  type Unplaced,
} from "./placement";

/**
 * Whether all pods fit on the node groups, checked at synth and shown by `npx wbot capacity`.
 *
 * Pods are placed on nodes one by one: those for on-demand nodes first, then the largest; those of a new release come
 * last. Totals alone would accept a group whose nodes each have half a pod's room left, or whose free room is out of
 * reach because of the spread over hosts. The spread over zones is only preferred, so it is ignored.
 */

/** A pod that runs on every node. */
interface Daemon {
  readonly name: string;
  readonly each: Amount;
}

/** A situation that the nodes must have room for. */
interface Scenario {
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

export interface Capacity {
  readonly parts: readonly Part[];
  readonly daemons: readonly Daemon[];
  readonly groups: Groups;
  readonly outcomes: readonly Outcome[];
  /** Settings that must change; empty if all that is required fits. */
  readonly shortfalls: readonly Contradiction[];
}

/** Computes an environment's capacity; `sizes` must know all its instance types. */
export function capacityOf(settings: Settings, sizes: SizeOf = sizeOf): Capacity {
  const simulation = simulated(settings, sizes);
  const { parts, groups, outcomes } = simulation;
  // The last one about each setting: it has to be that large with all the others.
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
      ...shortfalls.map((shortfall) => `  - ${contradictionLine(environment, shortfall)}`),
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
  return [
    ...SERVICE_KEYS.map((key) => {
      const { cpu, memory, replicas, capacity } = settings[key];
      return {
        name: SERVICES[key].name,
        each: amountOf({ cpu: cpu.request, memory: memory.request }),
        ...replicas,
        rolls: true,
        onDemandOnly: capacity === "on-demand",
        spreads: true,
      };
    }),
    ...(settings.redis.kind === "in-cluster" ? [IN_CLUSTER_REDIS_PART] : []),
    ...controllersOf(settings).flatMap((controller) =>
      Object.entries(controller.pods(settings)).map(([name, pods]) => fixed(name, pods, { spreads: true })),
    ),
    ...(Object.keys(ADD_ONS) as (keyof typeof ADD_ONS)[]).map((name) => {
      const count = addOnReplicas(name, settings);
      return fixed(name, { ...ADD_ONS[name], count, onDemandOnly: false }, { spreads: false });
    }),
  ];
}

/** A StatefulSet replaces its pod without a second one; stateful pods stay off spot. */
const IN_CLUSTER_REDIS_PART = fixed(
  REDIS,
  {
    cpu: IN_CLUSTER_REDIS.cpu.request,
    memory: IN_CLUSTER_REDIS.memory.request,
    count: 1,
    onDemandOnly: true,
  },
  { spreads: false },
);

/** Pods whose number doesn't change. */
function fixed(
  name: string,
  { count, onDemandOnly, ...requests }: PodKind,
  { spreads }: Pick<Part, "spreads">,
): Part {
  return { name, each: amountOf(requests), min: count, max: count, rolls: false, onDemandOnly, spreads };
}

function groupsOf({ nodes }: Settings, sizes: SizeOf): Groups {
  const daemons = Object.values(DAEMONS).map(amountOf);
  const group = (key: GroupKey): Group => {
    const { instanceTypes, min, max } = nodes[key];
    const [size] = instanceTypes.flatMap((type) => sizes(type) ?? []);
    if (size === undefined) throw new Error(`the size of ${instanceTypes.join(", ")} is not known`);
    const each = allocatable(size);
    const room = minus(each, sum(daemons));
    return { key, min, max, allocatable: each, room, pods: size.pods - daemons.length };
  };
  return [group("onDemand"), group("spot")];
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

function circumstance({ lost, withoutSpot, rollout }: Partial<Scenario>): string {
  if (lost) return `, after losing ${lost === "spot" ? "a spot" : "an on-demand"} node`;
  if (withoutSpot) return ", without spot nodes";
  return rollout ? ", while a release rolls out" : "";
}

/** What becomes of the pods of some settings, in every scenario. */
interface Simulation extends Pick<Capacity, "parts" | "groups" | "outcomes"> {
  readonly settings: Settings;
}

function simulated(settings: Settings, sizes: SizeOf): Simulation {
  const parts = partsOf(settings);
  const groups = groupsOf(settings, sizes);
  const outcomes = scenariosOf(settings).map((scenario) => outcomeOf(scenario, parts, groups));
  return { settings, parts, groups, outcomes };
}

/** @param more on-demand nodes besides those of the settings */
function outcomeOf(scenario: Scenario, parts: readonly Part[], groups: Groups, more = 0): Outcome {
  const { bound, rollout, lost, withoutSpot } = scenario;
  const [onDemand, spot] = groups;
  const nodes = {
    onDemand: onDemand[bound] + more - (lost === "onDemand" ? 1 : 0),
    spot: withoutSpot ? 0 : spot[bound] - (lost === "spot" ? 1 : 0),
  };
  const running = parts.map((part) => ({ part, pods: part[bound] }));
  const released = rollout
    ? running.flatMap(({ part, pods }) => (part.rolls ? [{ part, pods: podsInRollout(pods) - pods }] : []))
    : [];
  const pods = [...running, ...released];
  const unplaced = unplacedOf([...inOrder(running, groups), ...inOrder(released, groups)], groups, nodes);
  return {
    scenario,
    nodes,
    asked: sum(pods.map((each) => times(each.part.each, each.pods))),
    room: sum(groups.map((group) => times(group.room, nodes[group.key]))),
    unplaced,
    fits: unplaced.length === 0,
  };
}

/** Those restricted to on-demand nodes first, then the largest. */
function inOrder(all: readonly Pods[], groups: Groups): Pods[] {
  const largest = Math.max(...groups.map(({ room }) => room.cpu));
  const widest = Math.max(...groups.map(({ room }) => room.memory));
  const size = ({ each }: Part) => Math.max(each.cpu / largest, each.memory / widest);
  return [...all].sort(
    (a, b) => Number(b.part.onDemandOnly) - Number(a.part.onDemandOnly) || size(b.part) - size(a.part),
  );
}

/** The most nodes that the schema allows a group. */
const MOST_NODES = 100;

/**
 * The most on-demand nodes that the settings may have: the subnets have no room for more besides the spot nodes, which may be
 * too many by themselves for an existing network.
 */
function mostNodes(settings: Settings): number {
  return Math.max(0, Math.min(MOST_NODES, roomForNodes(settings).nodes - settings.nodes.spot.max));
}

/**
 * All that must change for everything to fit. A larger minimum needs a maximum as large, and changes where pods start: so it is
 * applied before the rest is computed.
 *
 * @param given What was applied so far: begins the reason
 */
function shortfallsOf(simulation: Simulation, sizes: SizeOf, given = ""): Contradiction[] {
  const { settings } = simulation;
  const short = shortfall("min", simulation, given) ?? shortfall("max", simulation, given);
  if (short === undefined) return [];
  const { bound, nodes: number, ...refusal } = short;
  if (number === undefined) return [refusal];
  const { onDemand } = settings.nodes;
  const max = Math.max(onDemand.max, number);
  const nodes = { ...settings.nodes, onDemand: { ...onDemand, [bound]: number, max } };
  const follows = { path: "nodes.onDemand.max", allowed: `${max} or more, like nodes.onDemand.min` };
  const applied = bound === "min" ? `with nodes.onDemand.min: ${number}, ` : given;
  const rest = shortfallsOf(simulated({ ...settings, nodes }, sizes), sizes, applied);
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
      ? ` (the subnets have room for ${most} on-demand nodes besides the ${max} of nodes.spot.max, and for more if that is lower)`
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
  groups: Groups,
  most: number,
): number | undefined {
  const now = groups[0][scenario.bound];
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
  return `${Math.round(cpu / 10) / 100} CPU and ${(memory / 1024).toFixed(1)} GiB`;
}
