import { challengeRecords } from "../../../environments/hosts";
import { ownTags } from "../../../environments/names";
import { SECRET_READERS } from "../../../environments/secret-copiers";
import { actionsOf, allow, policyOf, type Policy, type CiTarget } from "./policy";
import {
  imageRepositories,
  logBucketArn,
  logGroups,
  onlyRecords,
  recordChanges,
  secretArn,
  targetGroups,
  topics,
} from "./resources";

/**
 * EC2 actions in AWS's policies for the cluster, the nodes, the VPC CNI and the EBS driver, except for what the cluster needs
 * only to create load balancers and routes itself: security groups, their rules, routes and instances' attributes.
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

/**
 * The permissions boundary of every role that the stacks create, such as nodes', controllers' and checks': the most that it may
 * ever do, whatever is attached to it. No IAM, no state.
 */
export function stackBoundary(target: CiTarget): Policy {
  const { arn, environment, iam, names, partition } = target;
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
    allow("Alerts", ["sns:Publish"], topics(target)),
    allow("AlertsEncrypted", ["kms:Decrypt", "kms:GenerateDataKey"], [arn("kms", "key/*")], {
      StringEquals: { "kms:ViaService": `sns.${environment.region}.amazonaws.com` },
    }),
    // Workspaces may be in another region.
    allow("Metrics", ["aps:RemoteWrite"], [arn("aps", "workspace/*", "*")]),
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
