import { environments } from "../../../environments";
import { challengeRecords } from "../../../environments/hosts";
import { ownTags } from "../../../environments/names";
import { stateRegion } from "../../../environments/local-state";
import { SECRET_READERS } from "../../../environments/secret-copiers";
import { actionsOf, allow, policyOf, secretArn, type Policy, type CiTarget, type Statement } from "./policy";
import { ENDPOINT_NAMES } from "./endpoint-names";
import {
  imageReads,
  imageRepositories,
  logBucketArn,
  logGroups,
  onlyRecords,
  recordChanges,
  stateArns,
  targetGroups,
} from "./read";
import { providerArn } from "./trust";

/** Permissions boundaries: the most that a role may ever do, whatever is attached to it. They grant nothing. */

/** The regional services that a deploy uses. */
const REGIONAL = [
  "autoscaling",
  "cloudwatch",
  "ec2",
  "ecr",
  "eks",
  "elasticache",
  "elasticloadbalancing",
  "events",
  "kms",
  "lambda",
  "logs",
  "secretsmanager",
  "servicequotas",
  "sns",
];

/** What a deploy may do in IAM. */
const IAM = [
  "AttachRolePolicy",
  "CreateRole",
  "CreateServiceLinkedRole",
  "DeleteRole",
  "DeleteRolePolicy",
  "DetachRolePolicy",
  "GetPolicy",
  "GetPolicyVersion",
  "GetRole",
  "GetRolePolicy",
  "ListAttachedRolePolicies",
  "ListInstanceProfilesForRole",
  "ListRolePolicies",
  "ListRoleTags",
  "PassRole",
  "PutRolePermissionsBoundary",
  "PutRolePolicy",
  "TagRole",
  "UntagRole",
  "UpdateAssumeRolePolicy",
  "UpdateRole",
  "UpdateRoleDescription",
];

/** Actions that grant a role permissions, and support a condition on its boundary. */
export const GRANTING = ["AttachRolePolicy", "CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy"];

/** What a deploy does with images, beside looking them up. */
export const IMAGE_ACTIONS = actionsOf("ecr", "GetDownloadUrlForLayer", "PutImage");

/** The boundary of both CI roles: this region and these services; in IAM, this environment's roles but not CI's own. */
export function ciBoundary(target: CiTarget): Policy {
  const { iam, names, ci, environment } = target;
  const { prefix } = names;
  const { registry, region } = environment;
  const { bucket, objects } = stateArns(target);
  const logs = logBucketArn(target);
  return policyOf(
    allow(
      "ThisRegion",
      REGIONAL.map((service) => `${service}:*`),
      ["*"],
      {
        StringEquals: {
          "aws:RequestedRegion": [...new Set([region, stateRegion(environment), ...registry.copies])],
        },
      },
    ),
    allow("Buckets", ["s3:*"], [bucket, objects, logs, `${logs}/*`]),
    // The repositories may be in another region.
    imageReads(target, ...IMAGE_ACTIONS),
    // Budgets belong to no region.
    allow("Budgets", ["budgets:*", "ce:ListCostAllocationTags"], ["*"]),
    allow("Caller", ["sts:GetCallerIdentity"], ["*"]),
    allow(
      "Zones",
      [
        "route53:ChangeResourceRecordSets",
        "route53:GetChange",
        "route53:GetHostedZone",
        "route53:ListResourceRecordSets",
        ...(environment.network.endpoints.length > 0 ? [ENDPOINT_NAMES] : []),
      ],
      ["*"],
    ),
    allow("Roles", actionsOf("iam", ...IAM), [
      iam(`role/${prefix}-*`),
      iam("role/aws-service-role/*"),
      iam(`policy/${prefix}-ci-*`),
      ci.stackBoundary,
    ]),
    {
      Sid: "NoRoleOutsideItsBoundary",
      Effect: "Deny",
      Action: actionsOf("iam", ...GRANTING),
      Resource: ["*"],
      Condition: { StringNotEquals: { "iam:PermissionsBoundary": ci.stackBoundary } },
    },
    {
      Sid: "BoundariesStay",
      Effect: "Deny",
      Action: ["iam:DeleteRolePermissionsBoundary"],
      Resource: ["*"],
    },
    {
      Sid: "NotItself",
      Effect: "Deny",
      NotAction: ["iam:Get*", "iam:List*"],
      Resource: [
        iam(`role/${prefix}-ci-*`),
        iam(`policy/${prefix}-ci-*`),
        ci.stackBoundary,
        providerArn(target),
      ],
    },
    notNamesakes(target),
    {
      // Whoever they trust can read the app secret: only an administrator's deploy may change whom they trust.
      Sid: "ReadersTrustNobodyElse",
      Effect: "Deny",
      Action: actionsOf("iam", "CreateRole", "UpdateAssumeRolePolicy"),
      Resource: SECRET_READERS.map((role) => iam(`role/${prefix}-${role}`)),
    },
    {
      Sid: "NotTheAppSecret",
      Effect: "Deny",
      NotAction: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      Resource: [secretArn(target, names.appSecret)],
    },
  );
}

/** Reads of a namesake's resources: a list of this environment's own may contain them. */
const NAMESAKES_READS = [
  "budgets:List*",
  "budgets:View*",
  ...["cloudwatch", "elasticache", "events", "logs"].flatMap((service) =>
    actionsOf(service, "Describe*", "List*"),
  ),
  ...["iam", "lambda"].flatMap((service) => actionsOf(service, "Get*", "List*")),
];

/** Keeps off the environments whose names begin with this one's, as prod-west's with prod's: its patterns match theirs. */
function notNamesakes({ arn, ci, environment, iam, names, partition }: CiTarget): Statement | undefined {
  const others = Object.keys(environments)
    .filter((name) => name.startsWith(`${environment.name}-`))
    .map((name) => `${names.prefix}${name.slice(environment.name.length)}`);
  if (others.length === 0) return undefined;
  return {
    Sid: "NotItsNamesakes",
    Effect: "Deny",
    NotAction: NAMESAKES_READS,
    Resource: others.flatMap((other) => [
      iam(`role/${other}-*`),
      arn("lambda", `function:${other}-*`),
      arn("elasticache", `*:${other}`),
      arn("elasticache", `*:${other}-*`),
      arn("cloudwatch", `alarm:${other}-*`),
      arn("events", `rule/${other}-*`),
      arn("logs", `log-group:/aws/lambda/${other}-*`),
      `arn:${partition}:budgets::${ci.account}:budget/${other}-*`,
    ]),
  };
}

/** What a node needs to pull images, those behind a pull-through cache included. */
const PULL = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:BatchImportUpstreamImage",
  "ecr:GetAuthorizationToken",
  "ecr:GetDownloadUrlForLayer",
];

/**
 * What a node needs to register with Systems Manager and open sessions: AWS's policy for it, without reading parameters. Not
 * by wildcards, with which any role of the stacks could send commands to every instance of the account.
 *
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html
 */
const SESSIONS = [
  ...actionsOf(
    "ec2messages",
    "AcknowledgeMessage",
    "DeleteMessage",
    "FailMessage",
    "GetEndpoint",
    "GetMessages",
    "SendReply",
  ),
  ...actionsOf(
    "ssm",
    "DescribeAssociation",
    "DescribeDocument",
    "GetDeployablePatchSnapshotForInstance",
    "GetDocument",
    "GetManifest",
    "ListAssociations",
    "ListInstanceAssociations",
    "PutComplianceItems",
    "PutConfigurePackageResult",
    "PutInventory",
    "UpdateAssociationStatus",
    "UpdateInstanceAssociationStatus",
    "UpdateInstanceInformation",
  ),
  ...actionsOf(
    "ssmmessages",
    "CreateControlChannel",
    "CreateDataChannel",
    "OpenControlChannel",
    "OpenDataChannel",
  ),
];

/** The boundary of every role that the stacks create, such as nodes', controllers' and checks': no IAM, no state. */
export function stackBoundary(target: CiTarget): Policy {
  const { arn, ci, environment, iam, names, partition } = target;
  const logs = logBucketArn(target);
  const challenges = challengeRecords(environment);
  const elsewhere = imageRepositories(target)
    .map(({ region }) => region)
    .filter((region) => region !== environment.region);
  return policyOf(
    allow(
      "ThisRegion",
      [
        "autoscaling:Describe*",
        ...actionsOf("ec2", ...EC2),
        ...PULL,
        "eks:Describe*",
        "eks-auth:AssumeRoleForPodIdentity",
        "elasticloadbalancing:Describe*",
        "kms:DescribeKey",
        ...(environment.nodes.ssm ? SESSIONS : []),
      ],
      ["*"],
      { StringEquals: { "aws:RequestedRegion": environment.region } },
    ),
    {
      // By these tags CI tells its own resources: with them on others, it could change those.
      Sid: "NothingBecomesOurs",
      Effect: "Deny",
      Action: ["ec2:CreateTags"],
      Resource: ["*"],
      Condition: {
        // A condition's tag key matches in any case.
        "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": Object.keys(ownTags(environment)) },
        // Tags set at creation are on the role's own.
        Null: { "ec2:CreateAction": "true" },
      },
    },
    allow(
      "Resize",
      actionsOf("autoscaling", "SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"),
      ["*"],
      { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${names.cluster}`]: "owned" } },
    ),
    allow("Register", actionsOf("elasticloadbalancing", "DeregisterTargets", "RegisterTargets"), [
      targetGroups(target),
    ]),
    allow("OwnMetrics", ["cloudwatch:PutMetricData"], ["*"], {
      StringEquals: { "cloudwatch:namespace": names.metrics },
    }),
    allow(
      "OwnLogGroups",
      actionsOf("logs", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"),
      logGroups(target),
    ),
    // An authorization token belongs to no repository.
    allow("ImagesElsewhere", PULL, elsewhere.length === 0 ? [] : ["*"], {
      StringEquals: { "aws:RequestedRegion": [...new Set(elsewhere)] },
    }),
    // Not for a role that somebody adds.
    allow(
      "OwnSecrets",
      ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      [names.appSecret, names.redisSecret].map((name) => secretArn(target, name)),
      {
        ArnEquals: { "aws:PrincipalArn": SECRET_READERS.map((role) => iam(`role/${names.prefix}-${role}`)) },
      },
    ),
    allow("Logs", actionsOf("s3", "DeleteObject", "GetObject", "ListBucket", "PutObject"), [
      logs,
      `${logs}/*`,
    ]),
    allow("LogsKey", actionsOf("kms", "Decrypt", "GenerateDataKey"), [arn("kms", "key/*")], {
      StringLike: { "kms:EncryptionContext:aws:s3:arn": [logs, `${logs}/*`] },
    }),
    allow("Alerts", ["sns:Publish"], [arn("sns", names.alarmTopic), arn("sns", names.watchdogTopic)]),
    allow("AlertsEncrypted", ["kms:Decrypt", "kms:GenerateDataKey"], [arn("kms", "key/*")], {
      StringEquals: { "kms:ViaService": `sns.${environment.region}.amazonaws.com` },
    }),
    // Workspaces may be in another region.
    allow("Metrics", ["aps:RemoteWrite"], [`arn:${partition}:aps:*:${ci.account}:workspace/*`]),
    // By name, in any zone: IAM's longest policy has no room for many zones as well. Reads have neither key, and pass.
    allow(
      "Challenges",
      ["route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"],
      challenges.length === 0 ? [] : [`arn:${partition}:route53:::hostedzone/*`],
      onlyRecords("TXT", challenges),
    ),
    allow("ChallengesInSync", ["route53:GetChange"], recordChanges(target)),
  );
}

/**
 * EC2 actions in AWS's policies for the cluster, the nodes, the VPC CNI and the EBS driver, but for what the cluster needs only
 * to create load balancers and routes itself: security groups, their rules, routes and instances' attributes.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html
 */
const EC2 = [
  "AssignIpv6Addresses",
  "AssignPrivateIpAddresses",
  "AttachNetworkInterface",
  "AttachVolume",
  "CreateNetworkInterface",
  "CreateSnapshot",
  "CreateTags",
  "CreateVolume",
  "DeleteNetworkInterface",
  "DeleteSnapshot",
  "DeleteTags",
  "DeleteVolume",
  "Describe*",
  "DetachNetworkInterface",
  "DetachVolume",
  "EnableFastSnapshotRestores",
  "GetInstanceTypesFromInstanceRequirements",
  "ModifyNetworkInterfaceAttribute",
  "ModifyVolume",
  "UnassignIpv6Addresses",
  "UnassignPrivateIpAddresses",
];
