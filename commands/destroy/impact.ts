import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import type { ResourceChange } from "../terraform/plan-json";

/** Resources worth a line of their own, by Terraform type. */
const PRECIOUS: Readonly<
  Record<string, (environment: Environment, gone: readonly ResourceChange[]) => string>
> = {
  aws_eks_cluster: (environment) =>
    `the cluster ${namesOf(environment).cluster} and everything in it, including workloads this project did not create`,
  kubernetes_namespace_v1: () =>
    "the namespaces and every object in them, including volumes and certificates",
  aws_elasticache_replication_group: (_, gone) =>
    `Redis and its data${isSnapshotTaken(gone) ? " (a final snapshot is taken)" : ", without a snapshot"}`,
  aws_ecr_repository: (_, gone) => `the image repositories ${places(gone)}, and all their images`,
  aws_route53_record: (_, gone) => `the records of ${names(gone).join(", ")}, wherever they point`,
  aws_lb: ({ domain }) => `the load balancer: ${domain.host} will stop responding`,
  aws_cloudwatch_log_group: (_, { length }) => `${length} log groups and their logs`,
  aws_s3_bucket: () => "Loki's bucket and the pods' logs in it",
  aws_kms_key: () => "the encryption key of the logs and the cluster's secrets (after its waiting period)",
};

/** Their names in AWS. */
export function names(gone: readonly ResourceChange[]): string[] {
  return gone.map(({ change }) => (change.before as { readonly name: string }).name);
}

/** Repositories by name and, where they are copies, region. */
function places(gone: readonly ResourceChange[]): string {
  return gone
    .map(({ change }) => change.before as { readonly name: string; readonly region?: string })
    .map(({ name, region }) => (region === undefined ? name : `${name} in ${region}`))
    .join(", ");
}

/** Whether deleting Redis leaves a snapshot. What was deployed counts, not the setting. */
function isSnapshotTaken(gone: readonly ResourceChange[]): boolean {
  return gone.some(({ type, change }) => {
    const { final_snapshot_identifier: snapshot } = change.before as { final_snapshot_identifier?: string };
    return type === "aws_elasticache_replication_group" && Boolean(snapshot);
  });
}

/** What a destroy removes, as lines for people. */
export function impact(environment: Environment, gone: readonly ResourceChange[]): string[] {
  if (gone.length === 0) return ["  no resources, only outputs"];
  const named = Object.entries(PRECIOUS).flatMap(([type, line]) => {
    const those = gone.filter((each) => each.type === type);
    return those.length === 0 ? [] : [`  ${line(environment, those)}`];
  });
  const others = gone.filter(({ type }) => !Object.hasOwn(PRECIOUS, type)).length;
  return [...named, ...(others > 0 ? [`  ${others} other resources, which a deploy creates again`] : [])];
}

/** What a destroy leaves, and how to look at it or delete it. */
export function remains(
  environment: Environment,
  gone: readonly ResourceChange[],
  appSecret: boolean,
): string[] {
  const { name, region, state } = environment;
  const names = namesOf(environment);
  return [
    ...(appSecret
      ? [
          `  the app secret ${names.appSecret}, possibly the only copy of its keys. To delete it, with 30 days to restore it: aws secretsmanager delete-secret --recovery-window-in-days 30 --secret-id ${names.appSecret} --region ${region}`,
        ]
      : []),
    ...(isSnapshotTaken(gone)
      ? [
          `  Redis's final snapshot and any that you took yourself, billed by size: aws elasticache describe-snapshots --snapshot-source user --region ${region}`,
        ]
      : []),
    state.kind === "s3"
      ? `  the state's versions in the bucket ${state.bucket}`
      : `  the empty states terraform.${name}.*.tfstate beside cdktf.json`,
  ];
}
