import { HOURS_PER_MONTH, pricesOf, type Price, type Scale } from "../../environments/prices";
import type { Settings } from "../../environments/schema";
import type { Resource } from "../../stacks/stack-json";
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

/** What resources cost; undefined if their region isn't priced. */
export function costOf(resources: readonly Resource[], place: Place): Cost | undefined {
  const prices = pricesOf(place.region);
  return prices && costAt(prices, resources, place);
}

/**
 * What resources cost at their region's prices.
 *
 * @param leftOut addresses of resources that only share in what the others cost
 */
export function costAt(
  prices: Readonly<Record<string, Price>>,
  resources: readonly Resource[],
  { region, tier }: Place,
  leftOut: readonly string[] = [],
): Cost {
  const unpriced: Missing[] = [];
  const uses = resources.flatMap((resource) => {
    if (leftOut.includes(resource.address)) return [];
    try {
      return usesOf(resource, resources, tier).map((use) => ({ resource, use }));
    } catch (error) {
      if (!(error instanceof Unpriced)) throw error;
      unpriced.push({ resource, text: `${resource.path} (${resource.type}): ${error.message}` });
      return [];
    }
  });
  for (const { use, resource } of uses) {
    const text = `${resource.path}: environments/prices.ts has no price of ${use.item} in ${region}`;
    // A resource may use the same item twice.
    if (!(use.item in prices || unpriced.some((each) => each.text === text)))
      unpriced.push({ resource, text });
  }
  const lines = Object.entries(prices).flatMap(([item, price]) => {
    const found = uses.filter(({ use }) => use.item === item);
    if (found.length === 0) return [];
    const amount = added(found.map(({ use }) => use.amount));
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
export function dollars(usd: number): string {
  const digits = Math.abs(usd) >= 1000 ? 0 : 2;
  const text = Math.abs(usd).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${usd < 0 ? "-" : ""}$${text}`;
}
