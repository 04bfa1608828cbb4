import { changedEnvironment, EnvironmentError, type Environment, type Overrides } from "../../environments";
import type { Settings } from "../../environments/schema";
import { costOfEnvironment, type Cost } from "./cost";

/** Cheaper settings, each tried by synthesizing the environment with it. */

interface Choice {
  /** What to write. */
  readonly setting: string;
  /** What it costs instead of money. */
  readonly means: string;
  readonly changes: Overrides;
}

interface Saving extends Omit<Choice, "changes"> {
  /** USD a month at the expected scale. */
  readonly usd: number;
}

/**
 * By type, the burstable one with the same CPU and memory, and what a vCPU-hour of its surplus credits costs (USD). Both
 * burstable types earn credits for 30 % of their 2 vCPUs; credits for another 18 % cost as much as the type saves.
 */
const BURSTABLE: Readonly<Record<string, { readonly type: string; readonly credits: string }>> = {
  "m7g.large": { type: "t4g.large", credits: "0.04" },
  "m7i.large": { type: "t3.large", credits: "0.05" },
};
const SMALLER: Readonly<Record<string, string>> = {
  "cache.t4g.medium": "cache.t4g.small",
  "cache.t4g.small": "cache.t4g.micro",
};

/** Friday 19:00 to Monday 7:00, of a week's hours. */
const WEEKEND_SHARE = 60 / 168;

function choicesOf({ network, redis, nodes }: Settings): Choice[] {
  const [first = ""] = nodes.onDemand.instanceTypes;
  const { type: burstable = "", credits = "" } = BURSTABLE[first] ?? {};
  // The present types stay, for when AWS has no more of it.
  const instanceTypes = [...new Set([burstable, ...nodes.onDemand.instanceTypes])];
  const smaller = redis.kind === "elasticache" ? (SMALLER[redis.nodeType] ?? "") : "";
  const nat = network.existing === undefined ? network.nat : "none";
  const all: readonly (Choice & { readonly applies: boolean })[] = [
    {
      applies: nat !== "none",
      setting: 'network.nat: "none"',
      means:
        "nodes have public addresses (closed by their security groups), which change: no allow-list can include them. While nodes are replaced, pods have no way out for minutes",
      changes: { network: { nat: "none" } },
    },
    {
      applies: nat === "per-zone",
      setting: 'network.nat: "single"',
      means: "losing its zone cuts the others off from model providers and Supabase",
      changes: { network: { nat: "single" } },
    },
    {
      applies: burstable !== "",
      setting: `nodes.onDemand.instanceTypes: [${instanceTypes.map((type) => `"${type}"`).join(", ")}]`,
      means: `replaces the nodes; burstable: sustained CPU above 30 % is billed at $${credits} a vCPU-hour for credits, above 48 % it costs more than it saves`,
      changes: { nodes: { onDemand: { instanceTypes } } },
    },
    {
      applies: nodes.spot.min > 0,
      setting: "nodes.spot.min: 0",
      means: "the first pods without room wait for a node, 1 to 2 minutes",
      changes: { nodes: { spot: { min: 0 } } },
    },
    {
      applies: redis.kind === "elasticache",
      setting: 'redis.kind: "in-cluster"',
      means: "one pod without failover or snapshots, on the nodes' memory",
      changes: { redis: { kind: "in-cluster" } },
    },
    {
      applies: smaller !== "",
      setting: `redis.nodeType: "${smaller}"`,
      means:
        "less memory: embeddings are evicted earlier. AWS refuses it while more is stored than fits: docs/runbooks/redis.md",
      changes: { redis: { nodeType: smaller } },
    },
  ];
  return all.filter(({ applies }) => applies);
}

/** What would save money, the most first. Settings that the environment's tier or its nodes refuse are left out. */
export function savings(environment: Environment, cost: Cost): Saving[] {
  const found = choicesOf(environment).map(({ setting, means, changes }) => {
    const usd = cost.total.expected - expectedWith(environment, changes);
    return { setting, means, usd };
  });
  if (environment.tier === "development") found.push(weekends(cost));
  return found.filter(({ usd }) => usd > 0).sort((a, b) => b.usd - a.usd);
}

function expectedWith(environment: Environment, changes: Overrides): number {
  try {
    return costOfEnvironment(changedEnvironment(environment, changes)).total.expected;
  } catch (error) {
    if (error instanceof EnvironmentError) return Infinity;
    throw error;
  }
}

/** What is billed by the hour, and volumes. */
function weekends({ lines }: Cost): Saving {
  const hourly = lines.filter(({ item, price }) => price.unit === "hour" || item === "gp3");
  return {
    setting: "destroyed from Friday 19:00 to Monday 7:00",
    means: "a rebuild takes about 20 minutes: docs/cost.md",
    usd: WEEKEND_SHARE * hourly.reduce((sum, { usd }) => sum + usd.expected, 0),
  };
}
