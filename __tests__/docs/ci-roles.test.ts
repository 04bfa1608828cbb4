import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policiesOf, rolesOf } from "../../constructs/ci/ci-roles";
import type { Overrides } from "../../environments";
import { CI, scope } from "../constructs/ci/scope";
import { SHAPES } from "../shapes";
import { commandsIn } from "./command-lines";

const page = readFileSync(join(__dirname, "../../docs/ci-roles.md"), "utf8");
const section = page.slice(page.indexOf("### What needs another bootstrap"), page.indexOf("## Removing CI"));
const granted = (overrides: Overrides = {}) => {
  const from = scope(overrides);
  return JSON.stringify([policiesOf(from), rolesOf(from)]);
};
const repository = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shared/wbot";
const zone = { host: "chat.example.com", hostedZoneId: "Z0123456789ABCDEFGHIJ" };

it.each<[string, Overrides, Overrides?]>([
  ["account", { account: "444455556666", access: { admins: ["arn:aws:iam::444455556666:role/a"] } }],
  ["region", { region: "us-west-2", zones: ["us-west-2a", "us-west-2b", "us-west-2c"] }],
  ["ci.repository", { ci: { repository: "example/other", runner: "wbot-prod" } }],
  ["state", { state: { kind: "s3", bucket: "another-state" } }],
  ["domain.hostedZoneId", { domain: zone }],
  ["domain.host", { domain: { ...zone, host: "example.com" } }, { domain: zone }],
  ["domain.others", { domain: { ...zone, others: [{ ...zone, host: "example.com" }] } }, { domain: zone }],
  ["registry.namespace", { registry: { namespace: "prod" } }],
  ["registry.copies", { registry: { copies: ["us-west-2"] } }],
  ["ai.image.repository", { ai: { image: { repository } } }],
  ["web.image.repository", { web: { image: { repository } } }],
  ["network.endpoints", { network: { endpoints: ["sts"] } }],
  ["nodes.ssm", { nodes: { ssm: true } }],
  ["redis.restoreFrom", { redis: { kind: "elasticache", restoreFrom: "taken-elsewhere" } }],
  ["budget.monthlyUsd", { budget: { monthlyUsd: 100 }, alarms: { emails: ["ops@example.com"] } }],
])("says that CI's roles follow %s", (setting, overrides, before = {}) => {
  expect(granted(overrides)).not.toBe(granted(before));
  expect(section).toContain(`\`${setting}\``);
});

it("says to keep a renamed host in domain.others: a deploy may delete no other host's record", () => {
  const recordsOf = (overrides: Overrides) =>
    policiesOf(scope(overrides))
      .flatMap(({ document }) => document.Statement)
      .find(({ Sid }) => Sid === "Records")?.Condition;
  const renamed = { ...zone, host: "new.example.com" };
  expect(JSON.stringify(recordsOf({ domain: renamed }))).not.toContain(zone.host);
  expect(JSON.stringify(recordsOf({ domain: { ...renamed, others: [zone] } }))).toContain(zone.host);
  expect(section).toMatch(
    /\*\*A host\*\* is renamed in \[two deploys\].* keeps the old one in `domain\.others`/,
  );
});

it("leaves out what they don't follow: how often a setting changes decides who must be an administrator", () => {
  const others = SHAPES.filter(
    ([, environment, { domain, network, tags }]) => environment === "prod" && !domain && !network && !tags,
  );
  expect(others.length).toBeGreaterThan(1);
  for (const [shape, , overrides] of others)
    expect([shape, granted({ ...overrides, ...CI })]).toEqual([shape, granted()]);
  expect(granted({ network: { endpoints: ["sts", "logs"] } })).toBe(
    granted({ network: { endpoints: ["sts"] } }),
  );
  expect(granted({ ci: { repository: "example/wbot-on-aws", runner: "another" } })).toBe(granted());
});

it("gives the steps after which the roles trust a renamed repository, and no other: every environment's, before a merge", () => {
  const delivery = readFileSync(join(__dirname, "../../docs/delivery.md"), "utf8");
  const [, steps = ""] = /^## Renaming or moving the repository\n(.*?)^## /ms.exec(delivery) ?? [];
  const commands = commandsIn(steps);
  expect(commands.map((words) => words.join(" "))).toEqual([
    ...["dev", "staging", "prod"].map((name) => `npx wbot bootstrap --env ${name}`),
    "npx wbot ci rules",
    "gh variable list",
  ]);
  expect(steps.indexOf("npx wbot bootstrap")).toBeLessThan(steps.indexOf("**Merge the branch**"));
  expect(section).toContain("(delivery.md#renaming-or-moving-the-repository)");
});
