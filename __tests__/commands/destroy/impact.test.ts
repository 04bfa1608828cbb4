import { impact, remains } from "../../../commands/destroy/impact";
import { loadEnvironment } from "../../../environments";
import { mistake, statements } from "../../docs/command-lines";

const gone = (type: string, before: object = {}) => ({
  address: `${type}.x`,
  mode: "managed",
  type,
  change: { actions: ["delete"], before, after: null, after_unknown: {} },
});
const redis = (before: object) => gone("aws_elasticache_replication_group", before);
const SNAPSHOT = { final_snapshot_identifier: "wbot-prod-final-0a1b2c3d" };
const prod = loadEnvironment("prod", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
const dev = loadEnvironment("dev");

it("lists what a destroy removes, with the irreplaceable by name", () => {
  const all = [
    redis(SNAPSHOT),
    gone("aws_ecr_repository", { name: "wbot-ai", region: "us-east-1" }),
    gone("aws_ecr_repository", { name: "wbot-web" }),
    gone("aws_route53_record", { name: "chat.example.com" }),
    gone("aws_s3_bucket"),
    gone("aws_subnet"),
  ];
  expect(impact(prod, all)).toEqual([
    "  Redis and its data (a final snapshot is taken)",
    "  the image repositories wbot-ai in us-east-1, wbot-web, and all their images",
    "  the records of chat.example.com, wherever they point",
    "  Loki's bucket and the pods' logs in it",
    "  1 other resources, which a deploy creates again",
  ]);
});

it("promises a final snapshot only if that was deployed, whatever the setting", () => {
  const never = [redis({ final_snapshot_identifier: null })];
  expect(prod.redis).toMatchObject({ finalSnapshot: true });
  expect(impact(prod, never)).toEqual(["  Redis and its data, without a snapshot"]);
  expect(remains(prod, never, false)).toEqual(["  the state's versions in the bucket a-bucket"]);
  expect(impact(dev, [redis(SNAPSHOT)])).toEqual(["  Redis and its data (a final snapshot is taken)"]);
});

it("lists what stays, and how to delete it", () => {
  expect(remains(prod, [redis(SNAPSHOT)], true)).toEqual([
    "  the app secret wbot/prod/app, possibly the only copy of its keys. To delete it, with 30 days to restore it: aws secretsmanager delete-secret --recovery-window-in-days 30 --secret-id wbot/prod/app --region us-east-1",
    "  Redis's final snapshot and any that you took yourself, billed by size: aws elasticache describe-snapshots --snapshot-source user --region us-east-1",
    "  the state's versions in the bucket a-bucket",
  ]);
  expect(remains(dev, [redis({})], false)).toEqual([
    "  the empty states terraform.dev.*.tfstate beside cdktf.json",
  ]);
});

it("prints commands that the AWS CLI takes", () => {
  const commands = remains(prod, [redis(SNAPSHOT)], true).flatMap((line) =>
    statements(/aws .*/.exec(line)?.[0] ?? ""),
  );
  expect(commands).toHaveLength(2);
  expect(commands.map(mistake)).toEqual([undefined, undefined]);
});
