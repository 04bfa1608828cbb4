import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OLD_VERSION_DAYS, OLD_VERSIONS } from "../../constructs/aws/state-bucket";
import { loadEnvironment } from "../../environments";
import { valueAt } from "../../environments/json-text";
import { synth, type Found, type WrittenStack } from "../synth";
import { commandsIn, mistake } from "./command-lines";

const page = readFileSync(join(__dirname, "../../docs/data.md"), "utf8");
const section = page.slice(page.indexOf("## What is stored"), page.indexOf("## What leaves AWS"));
/** Cells of the rows that tell where something is stored. */
const rows = section
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()));
const rowOf = (name: string) => rows.find(([, , where = ""]) => where.includes(`\`${name}\``));

const prod = synth("prod");
const stacks: readonly WrittenStack[] = [prod.infra, prod.app];
const all = (type: string): Found[] => stacks.flatMap((stack) => stack.of(type));

it("has a row for every log group of prod, with how long it is kept, and its own key", () => {
  const groups = all("aws_cloudwatch_log_group").map(({ body }) => body);
  expect(groups.length).toBeGreaterThan(5);
  const said = groups.map(({ name }) => {
    const [, , , , kept = "", key] = rowOf(String(name)) ?? [];
    return [name, Number(/(?:^|: )(\d+) days/.exec(kept)?.[1]), key];
  });
  expect(said).toEqual(groups.map(({ name, retention_in_days: days }) => [name, days, "its own"]));
  expect(groups.filter(({ kms_key_id: key }) => !/aws_kms_(key|alias)/.test(String(key)))).toEqual([]);
});

it("has a row for everything else that stores something, with whose key encrypts it", () => {
  const keyOf = (name: string) => rowOf(name)?.[5]?.split(/[;,]/)[0];
  const named = (type: string, attribute = "name") => all(type).map(({ body }) => String(body[attribute]));
  const { infra: loki } = synth("prod", { observability: { logs: { kind: "loki" } } });
  expect(loki.of("aws_s3_bucket")).toHaveLength(1);
  expect(keyOf("wbot-prod-logs-<account>")).toBe("its own");
  expect(named("aws_s3_bucket")).toEqual([]);
  const stores = {
    "AWS's": [
      ...named("aws_elasticache_replication_group", "replication_group_id"),
      ...named("aws_secretsmanager_secret"),
    ],
    "its own": named("aws_sns_topic"),
  };
  for (const [key, names] of Object.entries(stores)) {
    expect(names).not.toEqual([]);
    expect(names.map((name) => [name, keyOf(name)])).toEqual(names.map((name) => [name, key]));
  }
  const group = prod.infra.one("aws_elasticache_replication_group").body;
  expect(group).not.toHaveProperty("kms_key_id");
  expect(
    rows.some(
      ([, , , , kept]) =>
        kept === `\`redis.snapshotRetentionDays\`: ${group["snapshot_retention_limit"]} days`,
    ),
  ).toBe(true);
});

it("has prod's days for each setting that it names", () => {
  const settings = loadEnvironment("prod");
  const named = [...section.matchAll(/`([\w.]+)`: (\d+) days/g)].map(([, path = "", days]) => [path, days]);
  expect(named.length).toBeGreaterThan(5);
  expect(named).toEqual(named.map(([path = ""]) => [path, String(valueAt(settings, path.split(".")))]));
});

it("says how long the key and the earlier states outlive a destroy", () => {
  const key = prod.infra.one("aws_kms_key").body;
  expect(section).toContain(`schedules for deletion in ${key["deletion_window_in_days"]} days`);
  expect(section).toContain(
    `earlier versions ${OLD_VERSION_DAYS} days, the newest ${OLD_VERSIONS} at any age`,
  );
});

it("says how long CI's reports are kept", () => {
  const plan = readFileSync(join(__dirname, "../../.github/workflows/plan.yml"), "utf8");
  const [, days = "none"] = /retention-days: (\d+)/.exec(plan) ?? [];
  expect(section).toContain(`artifacts ${days} days`);
});

it("has commands that their programs take", () => {
  const commands = commandsIn(page);
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.map(mistake).filter((found) => found !== undefined)).toEqual([]);
});
