import { hostsWithZone } from "../../../environments/hosts";
import { ecrRepository } from "../../../environments/image";
import { stateRegion, statesOf } from "../../../environments/local-state";
import { partitionOf } from "../../../environments/region";
import { SERVICE_KEYS, SERVICES } from "../../../environments/services";
import { allow, policyOf, secretArn, type Policy, type CiTarget, type Statement } from "./policy";
import { COMMAND_READS, READS } from "./reads";

/** Actions whose requests name no resource, or one without an ARN: AWS accepts only `*`. */
const NAMELESS = [
  "ce:ListCostAllocationTags",
  "cloudwatch:DescribeAlarms",
  "eks:DescribeAddonVersions",
  "eks:ListClusters",
  "kms:ListAliases",
  "logs:DescribeLogGroups",
  "secretsmanager:ListSecrets",
  "servicequotas:GetServiceQuota",
  "sns:GetSubscriptionAttributes",
  "sts:GetCallerIdentity",
];
/** Services whose read actions are all like that. */
const NAMELESS_SERVICES = ["ec2", "elasticache", "elasticloadbalancing"];

const ACTIONS = [...new Set([...Object.values(READS).flat(), ...COMMAND_READS])].sort();

function readsOf(service: string): string[] {
  return ACTIONS.filter((action) => action.startsWith(`${service}:`));
}

function nameless(action: string): boolean {
  return NAMELESS.includes(action) || NAMELESS_SERVICES.includes(action.split(":")[0] ?? "");
}

type Resources = (target: CiTarget) => readonly string[];

/** An environment's own resources, by service. */
const OWN: Readonly<Record<string, Resources>> = {
  budgets,
  cloudwatch: ({ arn, names }) => [arn("cloudwatch", `alarm:${names.prefix}-*`)],
  eks: eksResources,
  events: ({ arn, names }) => [arn("events", `rule/${names.prefix}-*`)],
  iam: ({ ci, iam, names }) => [
    iam(`role/${names.prefix}-*`),
    iam(`policy/${names.prefix}-ci-*`),
    ci.stackBoundary,
  ],
  kms: ({ arn }) => [arn("kms", "key/*")],
  lambda: ({ arn, names }) => [arn("lambda", `function:${names.prefix}-*`)],
  logs: logGroups,
  s3: (target) => [logBucketArn(target)],
  sns: ({ arn, names }) => [arn("sns", names.alarmTopic), arn("sns", names.watchdogTopic)],
};

/** The environment's budget, if it has one. It belongs to no region. */
export function budgets({ environment, names, partition, ci }: CiTarget): readonly string[] {
  if (environment.budget.monthlyUsd === undefined) return [];
  return [`arn:${partition}:budgets::${ci.account}:budget/${names.prefix}-*`];
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

/** Lets CI look up images in the repositories named in the settings, and whatever else is given. */
export function imageReads(target: CiTarget, ...others: readonly string[]): Statement | undefined {
  const found = [
    ...COMMAND_READS.filter((action) => action.startsWith("ecr:")),
    ...(READS["data.aws_ecr_image"] ?? []),
  ];
  return allow(
    "Images",
    [...new Set([...found, ...others])],
    imageRepositories(target).map(({ arn }) => arn),
  );
}

/**
 * What a plan reads about resources, for both roles. The managed policy ReadOnlyAccess could read every bucket, log and
 * table in the account.
 */
export function readPolicy(target: CiTarget): Policy {
  const own = Object.entries(OWN).map(([name, resources]) =>
    allow(
      name.charAt(0).toUpperCase() + name.slice(1),
      readsOf(name).filter((action) => !nameless(action)),
      resources(target),
    ),
  );
  return policyOf(allow("Nameless", ACTIONS.filter(nameless), ["*"]), ...own);
}

/**
 * The only data that both roles read: this environment's state, and the secret that Terraform itself writes. With what
 * settings make long, and `readPolicy` has no room for: image repositories and hosted zones.
 */
export function dataPolicy(target: CiTarget): Policy {
  return policyOf(
    ...secrets(target),
    ...stateReads(target),
    zoneReads(target),
    allow("Ecr", readsOf("ecr"), ownRepositories(target)),
    imageReads(target),
  );
}

function secrets(target: CiTarget): (Statement | undefined)[] {
  const app = secretArn(target, target.names.appSecret);
  const redis = secretArn(target, target.names.redisSecret);
  return [
    allow(
      "DescribeSecrets",
      ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      [redis, app],
    ),
    allow("ReadRedisSecret", ["secretsmanager:GetSecretValue"], [redis]),
    // Denied whatever else is attached to the role.
    {
      Sid: "NeverTheAppSecret",
      Effect: "Deny",
      Action: ["secretsmanager:GetSecretValue"],
      Resource: [app],
    },
  ];
}

function zoneReads(target: CiTarget): Statement | undefined {
  return allow("Zones", readsOf("route53"), hostedZones(target));
}

/** This environment's state. Listing is allowed in the whole bucket: without it, S3 returns 403 for a missing state. */
function stateReads(target: CiTarget): (Statement | undefined)[] {
  const { bucket, objects } = stateArns(target);
  return [
    allow("StateBucket", ["s3:GetBucketVersioning", "s3:ListBucket"], [bucket]),
    allow("ReadState", ["s3:GetObject"], [objects]),
    stateKey(target, "DecryptState", ["kms:Decrypt"]),
  ];
}

/** The bucket of the state, and this environment's objects in it. */
export function stateArns({ environment, partition }: CiTarget): { bucket: string; objects: string } {
  const { state, name } = environment;
  if (state.kind !== "s3") throw new Error("the schema wants S3 beside ci");
  const bucket = `arn:${partition}:s3:::${state.bucket}`;
  return { bucket, objects: `${bucket}/${statesOf(name)}*` };
}

/** Any key, but only through S3 and for this bucket: if the settings name no key, the bucket's own is used. */
export function stateKey(target: CiTarget, Sid: string, Action: readonly string[]): Statement | undefined {
  const { environment, partition, ci } = target;
  const { bucket, objects } = stateArns(target);
  const at = stateRegion(environment);
  return allow(Sid, Action, [`arn:${partition}:kms:${at}:${ci.account}:key/*`], {
    StringEquals: { "kms:ViaService": `s3.${at}.amazonaws.com` },
    // With an S3 bucket key, the encryption context is the bucket's ARN, else the object's.
    StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, objects] },
  });
}
