import { pricesOf } from "../../environments/prices";
import type { Settings } from "../../environments/schema";
import { resourcesOf, type Resource, type StackJson } from "../../stacks/stack-json";
import type { PlanJson, ResourceChange } from "../terraform/plan-json";
import { costOf, dollars, type Cost } from "./cost";

/** What a plan changes in the cost, USD a month at the expected scale. */
export interface CostDifference {
  /** @default - nothing that changes is priced */
  readonly usd?: number;
  /** The line items that make it, largest first. */
  readonly because: readonly { readonly item: string; readonly usd: number }[];
  /** What is missing from it, as sentences without an end. */
  readonly unpriced: readonly string[];
}

/** A stack's plan, and the stack that was planned. */
export interface Planned {
  readonly json: PlanJson;
  readonly folder: { readonly json: StackJson; readonly nameOf: (address: string) => string };
}

const CENT = 0.005;

/** Undefined if the plans change nothing that costs; of a region that isn't priced, if they change nothing. */
export function costDifference(
  plans: readonly Planned[],
  place: Pick<Settings, "region" | "tier">,
): CostDifference | undefined {
  const changed = plans.flatMap(({ json }) => json.resource_changes ?? []).filter(isChanged);
  if (pricesOf(place.region) === undefined) {
    const unpriced = [`${place.region} is not priced`];
    return changed.length === 0 ? undefined : { because: [], unpriced };
  }
  const before = plans.flatMap((plan) => sideOf(plan, "before"));
  const after = plans.flatMap((plan) => sideOf(plan, "after"));
  const missing = [before, after]
    .flatMap((resources) => costOf(resources, place).unpriced)
    .filter(({ resource }) => changed.some(({ address }) => address === resource.address));
  // On both sides: priced on one only, a dearer type would look like a saving.
  const leftOut = missing.map(({ resource }) => resource.address);
  // With what stays: its share of a line item may change.
  const because = lineDifferences(costOf(before, place, leftOut), costOf(after, place, leftOut));
  const unpriced = [...new Set(missing.map(({ text }) => text))];
  if (because.length === 0) return unpriced.length === 0 ? undefined : { because, unpriced };
  return { usd: because.reduce((sum, { usd }) => sum + usd, 0), because, unpriced };
}

function isChanged({ mode, change }: ResourceChange): boolean {
  return mode === "managed" && change.actions.some((each) => ["create", "update", "delete"].includes(each));
}

/**
 * The resources of a plan on one side; those that it forgets stay in the bill. After it, as synthesized where the plan
 * doesn't know yet: what a list of new ids will be is unknown, but not how many they are.
 */
function sideOf({ json, folder }: Planned, side: "before" | "after"): Resource[] {
  const written = new Map(resourcesOf(folder.json).map(({ address, body }) => [address, body]));
  return (json.resource_changes ?? []).flatMap((each) => {
    const { mode, type, address, change } = each;
    const isNew = side === "after" && isChanged(each);
    const values = isNew ? change.after : change.before;
    if (mode !== "managed" || typeof values !== "object" || values === null) return [];
    const body = { ...values, ...(isNew ? written.get(address) : {}) };
    return [{ type, address, path: folder.nameOf(address), body }];
  });
}

function lineDifferences(before: Cost, after: Cost): CostDifference["because"] {
  const all = new Map<string, number>();
  const add = ({ lines }: Cost, sign: number) => {
    for (const { price, usd } of lines) all.set(price.name, (all.get(price.name) ?? 0) + sign * usd.expected);
  };
  add(before, -1);
  add(after, 1);
  return [...all]
    .map(([item, usd]) => ({ item, usd }))
    .filter(({ usd }) => Math.abs(usd) >= CENT)
    .sort((a, b) => Math.abs(b.usd) - Math.abs(a.usd));
}

/** Line items named in the one line. */
const NAMED = 4;

/** "Cost: +$36.50 a month (NAT gateways +$32.85; Public IPv4 addresses +$3.65)" */
export function costLine({ usd, because, unpriced }: CostDifference): string {
  if (usd === undefined) return `Cost: ${unpriced.join("; ")}`;
  const named = because.slice(0, NAMED).map((each) => `${each.item} ${dollars(each.usd, "always")}`);
  const more = because.length - named.length;
  const what = [...named, ...(more > 0 ? [`${more} more`] : [])].join("; ");
  return `Cost: ${dollars(usd, "always")} a month (${what})${unpriced.length === 0 ? "" : `, without ${unpriced.join("; ")}`}`;
}
