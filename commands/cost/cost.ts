import { EnvironmentError, type Environment } from "../../environments";
import { HOURS_PER_MONTH, pricesOf, unpricedRegion, type Price, type Scale } from "../../environments/prices";
import type { Settings } from "../../environments/schema";
import { refuseShortfalls } from "../../stacks/capacity";
import { resourcesOf, type Resource } from "../../stacks/stack-json";
import { STACKS } from "../../stacks/stack-names";
import { stacksToRead } from "../terraform/stack-folder";
import { Unpriced, usesOf, type Use } from "./uses";

/** USD a month at each scale. */
export type Amounts = Readonly<Record<Scale, number>>;

/** A line item, over all resources that use it. */
export interface Line {
  readonly item: string;
  readonly price: Price;
  /** In the price's unit; of items billed by the hour or month, how many. */
  readonly amount: Amounts;
  readonly usd: Amounts;
}

export interface Cost {
  /** In the order of environments/prices.ts. */
  readonly lines: readonly Line[];
  readonly total: Amounts;
  /** What is missing from the total. */
  readonly unpriced: readonly Missing[];
}

interface Missing {
  readonly resource: Resource;
  /** A sentence without an end, which names the resource. */
  readonly text: string;
}

/** Parts of the settings that a cost depends on besides the resources. */
type Place = Pick<Settings, "region" | "tier">;

/** The one thing that costs and that no stack makes. */
const APP_SECRET: Resource = {
  type: "aws_secretsmanager_secret",
  address: "",
  path: "the app secret (npx wbot secrets)",
  body: {},
};

/** What both stacks of an environment would cost. Refuses a region without prices, and pods that don't fit. */
export function costOfEnvironment(environment: Environment): Cost {
  refuseShortfalls(environment);
  if (pricesOf(environment.region) === undefined)
    throw new EnvironmentError(`${unpricedRegion(environment.region)}.`);
  const stacks = stacksToRead(environment);
  const resources = STACKS.flatMap((stack) => resourcesOf(stacks[stack].json));
  return costOf([...resources, APP_SECRET], environment);
}

/**
 * What resources cost at their region's prices.
 *
 * @param leftOut addresses of resources that only share in what the others cost
 */
export function costOf(
  resources: readonly Resource[],
  { region, tier }: Place,
  leftOut: readonly string[] = [],
): Cost {
  const prices = pricesOf(region) ?? {};
  const unpriced: Missing[] = [];
  const uses = resources.flatMap((resource) => {
    if (leftOut.includes(resource.address)) return [];
    const addUnpriced = (why: string) =>
      unpriced.push({ resource, text: `${resource.path} (${resource.type}): ${why}` });
    try {
      const found = usesOf(resource, resources, tier);
      const missing = found.find(({ item }) => !(item in prices));
      // Its other items count: a node's volumes and address, whatever its type.
      if (missing) addUnpriced(`environments/prices.ts has no price for ${missing.item} in ${region}`);
      return found;
    } catch (error) {
      if (!(error instanceof Unpriced)) throw error;
      addUnpriced(error.message);
      return [];
    }
  });
  const lines = Object.entries(prices).flatMap(([item, price]) => {
    const found = uses.filter((use) => use.item === item);
    if (found.length === 0) return [];
    const amount = added(found.map((use) => use.amount));
    const each = price.usd * (price.unit === "hour" ? HOURS_PER_MONTH : 1);
    return [{ item, price, amount, usd: times(amount, each) }];
  });
  return { lines, total: added(lines.map(({ usd }) => usd)), unpriced };
}

function added(all: readonly Use["amount"][]): Amounts {
  const sum = (scale: Scale) => all.reduce((total, each) => total + each[scale], 0);
  return { low: sum("low"), expected: sum("expected"), full: sum("full") };
}

function times({ low, expected, full }: Amounts, factor: number): Amounts {
  return { low: low * factor, expected: expected * factor, full: full * factor };
}

/** "$12.30"; from $1,000 on without cents. */
export function dollars(usd: number, signDisplay: "auto" | "always" = "auto"): string {
  const fractionDigits = Math.abs(usd) >= 1000 ? 0 : 2;
  return usd.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    signDisplay,
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}
