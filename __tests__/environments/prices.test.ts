import { readFileSync } from "node:fs";
import { join } from "node:path";
import { environments } from "../../environments";
import { PRICED_REGION, pricesOf, unpricedRegion, USAGE } from "../../environments/prices";

const prices = Object.entries(pricesOf(PRICED_REGION) ?? {});

it("say of each row where and when it was read", () => {
  expect(prices.length).toBeGreaterThan(20);
  for (const [, price] of prices) {
    expect(price.source).toMatch(/.{20}/);
    expect(price.date).toMatch(/^20\d\d-\d\d-\d\d$/);
    expect(price.usd).toBeGreaterThan(0);
  }
});

it("have names that tell every row from the others", () => {
  const names = prices.map(([, { name }]) => name);
  expect(new Set(names).size).toBe(names.length);
});

it.each(Object.entries(environments))("have the node types of %s", (_, { nodes, redis }) => {
  const items = prices.map(([item]) => item);
  expect(items).toEqual(
    expect.arrayContaining([
      `${nodes.onDemand.instanceTypes[0]} on-demand`,
      `${nodes.spot.instanceTypes[0]} spot`,
    ]),
  );
  if (redis.kind === "elasticache") expect(items).toContain(`${redis.nodeType} valkey`);
});

it("have the node types of Redis that its runbook recommends", () => {
  const runbook = readFileSync(join(__dirname, "..", "..", "docs", "runbooks", "redis.md"), "utf8");
  const recommended = runbook.match(/cache\.\w+\.\w+/g) ?? [];
  expect(recommended).toContain("cache.m7g.large");
  const items = prices.map(([item]) => item);
  for (const type of recommended)
    expect(items).toEqual(expect.arrayContaining([`${type} valkey`, `${type} redis`]));
});

it.each([
  ["m7g.2xlarge on-demand", 0.3264],
  ["c7i.xlarge on-demand", 0.1785],
  ["t4g.medium on-demand", 0.0336],
  ["cache.m7g.large valkey", 0.1264],
])("have %s for $%d", (item, usd) => {
  expect(pricesOf(PRICED_REGION)?.[item]?.usd).toBeCloseTo(usd, 6);
});

it("are of no other region, and say so", () => {
  expect(pricesOf("eu-west-1")).toBeUndefined();
  expect(pricesOf("constructor")).toBeUndefined();
  expect(unpricedRegion("eu-west-1")).toBe(
    "There are no prices for eu-west-1: environments/prices.ts covers only us-east-1, and another region's prices could be off by half. Add its rows there",
  );
});

it("assume more traffic the more is at stake", () => {
  const { development, staging, production } = USAGE;
  expect(development.out).toBeLessThan(staging.out);
  expect(staging.out).toBeLessThan(production.out);
});
