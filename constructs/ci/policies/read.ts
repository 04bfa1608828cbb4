import { allow, policyOf, type Policy, type CiTarget, type Statement } from "./policy";
import { COMMAND_READS, READS } from "./reads";
import {
  alarms,
  budgets,
  eksResources,
  functions,
  hostedZones,
  imageRepositories,
  logBucketArn,
  logGroups,
  ownRepositories,
  rules,
  secretArn,
  stateArns,
  stateKey,
  topics,
} from "./resources";

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

/** An environment's own resources, by service. */
const OWN: Readonly<Record<string, (target: CiTarget) => readonly string[]>> = {
  budgets,
  cloudwatch: alarms,
  eks: eksResources,
  events: rules,
  iam: ({ ci, iam, names }) => [
    iam(`role/${names.prefix}-*`),
    iam(`policy/${names.prefix}-ci-*`),
    ci.stackBoundary,
  ],
  kms: ({ arn }) => [arn("kms", "key/*")],
  lambda: functions,
  logs: logGroups,
  s3: (target) => [logBucketArn(target)],
  sns: topics,
};

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
  const app = secretArn(target, target.names.appSecret);
  const redis = secretArn(target, target.names.redisSecret);
  const { bucket, objects } = stateArns(target);
  return policyOf(
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
    // Listing is allowed in the whole bucket: without it, S3 returns 403 for a missing state.
    allow("StateBucket", ["s3:GetBucketVersioning", "s3:ListBucket"], [bucket]),
    allow("ReadState", ["s3:GetObject"], [objects]),
    stateKey(target, "DecryptState", ["kms:Decrypt"]),
    allow("Zones", readsOf("route53"), hostedZones(target)),
    allow("Ecr", readsOf("ecr"), ownRepositories(target)),
    imageReads(target),
  );
}
