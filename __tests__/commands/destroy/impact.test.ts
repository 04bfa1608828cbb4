import { readFileSync } from "node:fs";
import { join } from "node:path";
import { impact, remains } from "../../../commands/destroy/impact";
import { riskOf } from "../../../commands/plan/risks";
import { loadEnvironment, type Overrides } from "../../../environments";
import { changesOf, FOLDER, plan, resource } from "../plan/plans";
import { CI } from "../../constructs/ci/scope";
import { mistake, statements } from "../../docs/command-lines";
import { synth } from "../../synth";

const gone = (type: string, before: object = {}) => resource(`${type}.x`, ["delete"], before, null);
const redis = (before: object) => gone("aws_elasticache_replication_group", before);
const SNAPSHOT = { final_snapshot_identifier: "wbot-prod-final-0a1b2c3d" };
const SNAPSHOTS = (prefix: string) =>
  `that aren't automatic, which contain users' data and are billed by size: aws elasticache describe-snapshots --snapshot-source user --query "Snapshots[?ReplicationGroupId == '${prefix}' || CacheClusterId && starts_with(CacheClusterId, '${prefix}-0')].SnapshotName" --region us-east-1`;
const prod = loadEnvironment("prod", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
const dev = loadEnvironment("dev");
const inCluster = loadEnvironment("dev", { overrides: { redis: { kind: "in-cluster" } } });

const impactOf = (...all: readonly ReturnType<typeof gone>[]) => {
  const json = plan(...all);
  return impact([{ json, changes: changesOf(FOLDER, json) }]);
};

const line = (type: string) => `  ${type}.x (${type}): ${riskOf(type, "delete")[1]}`;

it("lists what a destroy removes, with what can't be had back by name", () => {
  const all = [
    gone("aws_subnet"),
    gone("aws_cloudwatch_log_group"),
    gone("aws_kms_key"),
    gone("aws_route53_record", { name: "chat.example.com" }),
    redis(SNAPSHOT),
    gone("aws_eks_cluster"),
  ];
  expect(impactOf(...all)).toEqual([
    line("aws_eks_cluster"),
    line("aws_elasticache_replication_group"),
    line("aws_route53_record"),
    line("aws_kms_key"),
    "  1 log group, with all logs",
    "  1 other resource",
  ]);
});

it("is as docs/quickstart.md shows it, but for numbers", () => {
  const page = readFileSync(join(__dirname, "../../../docs/quickstart.md"), "utf8");
  const [, settings = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
  const [, shown = ""] = /\nWill be deleted:\n(.*?)\n\n/s.exec(page) ?? [];
  const overrides = JSON.parse(settings.replace(/"\$schema": .*/, "")) as Overrides;
  const { infra, app } = synth("dev", overrides);
  const found = [...app.all, ...infra.all].filter(({ address }) => !address.startsWith("data."));
  const json = plan(...found.map(({ address, body }) => resource(address, ["delete"], body, null)));
  const nameOf = (address: string) => found.find((each) => each.address === address)?.path ?? address;
  const lines = impact([{ json, changes: changesOf({ path: "/out", nameOf }, json) }]).join("\n");
  expect(shown.replaceAll(/\d+/g, "n")).toBe(lines.replaceAll(/\d+/g, "n"));
});

it("promises a final snapshot only if that was deployed, whatever the setting", () => {
  const never = redis({ final_snapshot_identifier: null });
  expect(prod.redis).toMatchObject({ finalSnapshot: true });
  expect(impactOf(never)).toEqual([`${line("aws_elasticache_replication_group")} No snapshot is taken.`]);
  expect(remains(prod, [never], false)).toEqual([
    `  any snapshots of Redis ${SNAPSHOTS("wbot-prod")}`,
    "  the state's versions in the bucket a-bucket",
  ]);
});

it("lists what stays, and how to delete it", () => {
  expect(remains(prod, [redis(SNAPSHOT)], true)).toEqual([
    "  the app secret wbot/prod/app, possibly the only copy of its keys. To delete it, with 30 days to restore it: aws secretsmanager delete-secret --recovery-window-in-days 30 --secret-id wbot/prod/app --region us-east-1",
    `  Redis's final snapshot, and any others ${SNAPSHOTS("wbot-prod")}`,
    "  the state's versions in the bucket a-bucket",
  ]);
  const files = "  the empty states terraform.dev.*.tfstate next to cdktf.json";
  expect(remains(inCluster, [], false)).toEqual([files]);
});

it("lists snapshots of Redis also if a destroy that was interrupted has deleted it, or the settings have another", () => {
  const files = "  the empty states terraform.dev.*.tfstate next to cdktf.json";
  const snapshots = `  any snapshots of Redis ${SNAPSHOTS("wbot-dev")}`;
  expect(remains(dev, [gone("aws_vpc")], false)).toEqual([snapshots, files]);
  expect(remains(inCluster, [redis({})], false)).toEqual([snapshots, files]);
});

it("is, of what stays, as docs/quickstart.md shows it, before and after", () => {
  const page = readFileSync(join(__dirname, "../../../docs/quickstart.md"), "utf8");
  const kept = remains(dev, [redis({})], true).join("\n");
  expect(page).toContain(`\nWill be kept:\n${kept}\n`);
  expect(page).toContain(`\ndev is destroyed. What stays:\n${kept}\n`);
});

it("says what CI does without the environment, and how to take it out", () => {
  const delivered = loadEnvironment("staging", { overrides: CI });
  expect(remains(delivered, [], false)).toEqual([
    `  any snapshots of Redis ${SNAPSHOTS("wbot-staging")}`,
    "  the state's versions in the bucket wbot-state",
    "  CI's roles. Until you build staging again, each merge's deploy stops at it, and environments after it wait. If you don't plan to, remove ci from its settings, merge that, and delete its roles (docs/ci-roles.md, \"Removing CI\"): npx wbot bootstrap --allow-delete --env staging",
  ]);
});

it("prints commands that their programs take", () => {
  const delivered = loadEnvironment("prod", { overrides: CI });
  const commands = remains(delivered, [redis(SNAPSHOT)], true).flatMap((line) =>
    statements(/(?:aws|npx wbot) .*/.exec(line)?.[0] ?? ""),
  );
  expect(commands).toHaveLength(3);
  expect(commands.map(mistake)).toEqual([undefined, undefined, undefined]);
});
