import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { many } from "../cli/finding";
import { commandLine } from "../cli/options";
import type { Plan } from "../plan/plan";
import { deletions, type ResourceChange } from "../terraform/plan-json";

const REDIS = "aws_elasticache_replication_group";
/** Types that are worth a line of their own: what a deploy can't bring back, or whose loss everyone notices. */
const PRECIOUS = [
  "aws_eks_cluster",
  REDIS,
  "aws_ecr_repository",
  "aws_route53_record",
  "aws_lb",
  "aws_s3_bucket",
  "aws_kms_key",
];

/** Whether deleting Redis leaves a snapshot. What was deployed counts, not the setting. */
function isSnapshotTaken(deleted: readonly ResourceChange[]): boolean {
  return deleted.some(({ type, change }) => {
    const { final_snapshot_identifier: snapshot } = change.before as { final_snapshot_identifier?: string };
    return type === REDIS && Boolean(snapshot);
  });
}

/** The environment's own: ElastiCache lists those of all in the region. Without cluster mode, a snapshot is a node's. */
function snapshotNames(prefix: string): string {
  return `Snapshots[?ReplicationGroupId == '${prefix}' || CacheClusterId && starts_with(CacheClusterId, '${prefix}-0')].SnapshotName`;
}

/** What a destroy removes, as lines for people. */
export function impact(plans: readonly Pick<Plan, "changes" | "json">[]): string[] {
  const changes = plans.flatMap((plan) => plan.changes);
  if (changes.length === 0) return ["  no resources, only outputs"];
  const lost = PRECIOUS.flatMap((each) => changes.filter(({ type }) => type === each));
  const snapshot = isSnapshotTaken(plans.flatMap(({ json }) => deletions(json)));
  const lines = lost.map(({ name, type, why }) => {
    const without = type === REDIS && !snapshot ? " No snapshot is taken." : "";
    return `  ${name} (${type}): ${why}${without}`;
  });
  const logs = changes.filter(({ type }) => type === "aws_cloudwatch_log_group").length;
  if (logs > 0) lines.push(`  ${many(logs, "log group")}, with all logs`);
  const others = changes.length - lost.length - logs;
  return [...lines, ...(others > 0 ? [`  ${many(others, "other resource")}`] : [])];
}

/** What a destroy leaves, and how to look at it or delete it. */
export function remains(
  environment: Environment,
  deleted: readonly ResourceChange[],
  appSecret: boolean,
): string[] {
  const { name, region, redis, state, ci } = environment;
  const names = namesOf(environment);
  return [
    ...(appSecret
      ? [
          `  the app secret ${names.appSecret}, possibly the only copy of its keys. To delete it, with 30 days to restore it: aws secretsmanager delete-secret --recovery-window-in-days 30 --secret-id ${names.appSecret} --region ${region}`,
        ]
      : []),
    // An interrupted destroy may have deleted Redis already.
    ...(redis.kind === "elasticache" || deleted.some(({ type }) => type === REDIS)
      ? [
          `  ${isSnapshotTaken(deleted) ? "Redis's final snapshot, and any others" : "any snapshots of Redis"} that aren't automatic, which contain users' data and are billed by size: aws elasticache describe-snapshots --snapshot-source user --query "${snapshotNames(names.prefix)}" --region ${region}`,
        ]
      : []),
    state.kind === "s3"
      ? `  the state's versions in the bucket ${state.bucket}`
      : `  the empty states terraform.${name}.*.tfstate next to cdktf.json`,
    // Every merge would plan it, as if it were new, and fail.
    ...(ci === undefined
      ? []
      : [
          `  CI's roles. Until you build ${name} again, each merge's deploy stops at it, and environments after it wait. If you don't plan to, remove ci from its settings, merge that, and delete its roles (docs/ci-roles.md, "Removing CI"): ${commandLine("bootstrap", environment, "--allow-delete")}`,
        ]),
  ];
}
