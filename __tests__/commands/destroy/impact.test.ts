import { impact, remains } from "../../../commands/destroy/impact";
import { loadEnvironment } from "../../../environments";

const gone = (type: string) => ({ type, action: "delete" as const });
const prod = loadEnvironment("prod", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
const dev = loadEnvironment("dev");

it("lists what a destroy removes, with the irreplaceable by name", () => {
  const changes = [
    "aws_elasticache_replication_group",
    "aws_ecr_repository",
    "aws_ecr_repository",
    "aws_s3_bucket",
    "aws_subnet",
  ].map(gone);
  expect(impact(prod, changes)).toEqual([
    "  Redis and its data (a final snapshot is taken)",
    "  2 image repositories and all their images",
    "  Loki's bucket and the pods' logs in it",
    "  1 other resources, which a deploy creates again",
  ]);
  expect(impact(dev, changes)[0]).toBe("  Redis and its data, without a snapshot");
});

it("lists what stays, and how to delete it", () => {
  expect(remains(prod, true)).toEqual([
    "  the app secret wbot/prod/app, possibly the only copy of its keys. To delete it, with 30 days to restore it: aws secretsmanager delete-secret --recovery-window-in-days 30 --secret-id wbot/prod/app --region us-east-1",
    "  Redis's final snapshot, billed by size: aws elasticache describe-snapshots --snapshot-source manual --region us-east-1",
    "  the state's versions in the bucket a-bucket",
  ]);
  expect(remains(dev, false)).toEqual(["  the empty states terraform.dev.*.tfstate beside cdktf.json"]);
});
