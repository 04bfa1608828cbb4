import { hostsWithZone } from "../../../environments/hosts";
import { ecrRepository } from "../../../environments/image";
import { stateRegion, statesOf } from "../../../environments/local-state";
import { ownTags, secretResource } from "../../../environments/names";
import { partitionOf } from "../../../environments/region";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { allow, type CiTarget, type Statement } from "./policy";

/** What an environment has, as its policies name it: ARNs, and conditions where an ARN can't tell. */

/** Only resources with this environment's tags. */
export function ours({ environment }: CiTarget): Statement["Condition"] {
  const tags = Object.entries(ownTags(environment)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
  return { StringEquals: Object.fromEntries(tags) as Record<string, string> };
}

/** The environment's budget, if it has one. It belongs to no region. */
export function budgets({ arn, environment, names }: CiTarget): readonly string[] {
  if (environment.budget.monthlyUsd === undefined) return [];
  return [arn("budgets", `budget/${names.prefix}-*`, "")];
}

/** The image repository of each service, in each region that has it. */
export function ownRepositories({ arn, environment, names }: CiTarget): readonly string[] {
  return [environment.region, ...environment.registry.copies].flatMap((region) =>
    SERVICE_KEYS.map((key) => arn("ecr", `repository/${names.repository(SERVICES[key].name)}`, region)),
  );
}

/** The cluster, and the EKS resources that belong to it. */
export function eksResources({ arn, names }: CiTarget): readonly string[] {
  const { cluster } = names;
  return [
    arn("eks", `cluster/${cluster}`),
    ...["access-entry", "addon", "nodegroup", "podidentityassociation"].map((kind) =>
      arn("eks", `${kind}/${cluster}/*`),
    ),
  ];
}

export function logGroups({ arn, names }: CiTarget): readonly string[] {
  const { prefix } = names;
  return ["eks", "elasticache", "vpc"]
    .map((service) => `/aws/${service}/${prefix}/*`)
    .concat(`/aws/lambda/${prefix}-*`)
    .map((name) => arn("logs", `log-group:${name}`));
}

export function alarms({ arn, names }: CiTarget): readonly string[] {
  return [arn("cloudwatch", `alarm:${names.prefix}-*`)];
}

/** The schedules of the checks. */
export function rules({ arn, names }: CiTarget): readonly string[] {
  return [arn("events", `rule/${names.prefix}-*`)];
}

/** The functions of the checks. */
export function functions({ arn, names }: CiTarget): readonly string[] {
  return [arn("lambda", `function:${names.prefix}-*`)];
}

/** The topics of the alarms, and of the alert that always fires. */
export function topics({ arn, names }: CiTarget): readonly string[] {
  return [arn("sns", names.alarmTopic), arn("sns", names.watchdogTopic)];
}

export function secretArn({ arn }: CiTarget, name: string): string {
  return arn("secretsmanager", secretResource(name));
}

/** The bucket for the pods' logs, whether or not it exists: changing the kind of logs must not need another bootstrap. */
export function logBucketArn({ names, partition, ci }: CiTarget): string {
  return `arn:${partition}:s3:::${names.logBucket(ci.account)}`;
}

/** Hosted zones of the environment's hosts. */
export function hostedZones({ environment, partition }: CiTarget): readonly string[] {
  const ids = hostsWithZone(environment).map(({ hostedZoneId }) => hostedZoneId);
  return [...new Set(ids)].map((id) => `arn:${partition}:route53:::hostedzone/${id}`);
}

/** Changes of records in those zones, by which Route 53 says when they are in sync; none without a zone. */
export function recordChanges(target: CiTarget): readonly string[] {
  return hostedZones(target).length === 0 ? [] : [`arn:${target.partition}:route53:::change/*`];
}

/** Limits changes of records to one type, and to these names. */
export function onlyRecords(type: string, hosts: readonly string[]): NonNullable<Statement["Condition"]> {
  return {
    "ForAllValues:StringEquals": {
      "route53:ChangeResourceRecordSetsRecordTypes": [type],
      "route53:ChangeResourceRecordSetsNormalizedRecordNames": hosts,
    },
  };
}

/** Target groups: their name prefixes have six characters, so none to spare for the environment's. */
export function targetGroups({ arn }: CiTarget): string {
  return arn("elasticloadbalancing", "targetgroup/wb*");
}

/** ECR repositories named in the settings, in any account and region, such as one shared by several environments. */
export function imageRepositories({ environment }: CiTarget): readonly { arn: string; region: string }[] {
  const all = SERVICE_KEYS.flatMap((key) => {
    const { repository } = environment[key].image;
    const found = repository === undefined ? undefined : ecrRepository(repository);
    if (found === undefined) return [];
    const { account, region, name } = found;
    return [{ arn: `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`, region }];
  });
  return all.filter(({ arn }, at) => all.findIndex((each) => each.arn === arn) === at);
}

/** The bucket of the state, and this environment's objects in it. */
export function stateArns({ environment, partition }: CiTarget): { bucket: string; objects: string } {
  const { state, name } = environment;
  if (state.kind !== "s3") throw new Error("the schema requires state in S3 with ci");
  const bucket = `arn:${partition}:s3:::${state.bucket}`;
  return { bucket, objects: `${bucket}/${statesOf(name)}*` };
}

/** Any key, but only through S3 and for this bucket: if the settings name no key, the bucket's own is used. */
export function stateKey(target: CiTarget, Sid: string, Action: readonly string[]): Statement | undefined {
  const { bucket, objects } = stateArns(target);
  const region = stateRegion(target.environment);
  return allow(Sid, Action, [target.arn("kms", "key/*", region)], {
    StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` },
    // With an S3 bucket key, the encryption context is the bucket's ARN, else the object's.
    StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, objects] },
  });
}
