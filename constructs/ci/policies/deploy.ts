import { hostsWithZone } from "../../../environments/hosts";
import { ownTags } from "../../../environments/names";
import { GRANTING, IMAGE_ACTIONS } from "./boundaries";
import { ENDPOINT_NAMES } from "./endpoint-names";
import { actionsOf, allow, policyOf, secretArn, type Policy, type CiTarget, type Statement } from "./policy";
import {
  budgets,
  recordChanges,
  eksResources,
  hostedZones,
  imageRepositories,
  logBucketArn,
  logGroups,
  onlyRecords,
  ownRepositories,
  stateArns,
  stateKey,
  targetGroups,
} from "./read";

/** What deploying and destroying both stacks requires, in addition to `readPolicy`. */

/** Only resources with this environment's tags. */
function ours({ environment }: CiTarget): Statement["Condition"] {
  const tags = Object.entries(ownTags(environment)).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
  return { StringEquals: Object.fromEntries(tags) as Record<string, string> };
}

/** VPC, node templates and DNS: created freely in the region; changed and deleted only if tagged as this environment's. */
export function networkPolicy(target: CiTarget): Policy {
  const { arn, environment, partition } = target;
  const zones = hostedZones(target);
  const region = { StringEquals: { "aws:RequestedRegion": environment.region } };
  return policyOf(
    allow(
      "Make",
      actionsOf(
        "ec2",
        "AllocateAddress",
        "CreateFlowLogs",
        "CreateInternetGateway",
        "CreateLaunchTemplate",
        "CreateNatGateway",
        "CreateRouteTable",
        "CreateSecurityGroup",
        "CreateSubnet",
        "CreateVpc",
        "CreateVpcEndpoint",
        // For a NAT gateway's address: its network interface has no tags.
        "DisassociateAddress",
      ),
      ["*"],
      region,
    ),
    allow("NameEndpoints", [ENDPOINT_NAMES], environment.network.endpoints.length === 0 ? [] : ["*"]),
    // Called with the caller's permissions by load balancers, and while waiting for a security group's interfaces to go.
    allow(
      "Look",
      actionsOf("ec2", "DescribeAccountAttributes", "DescribeNetworkInterfaces", "GetSecurityGroupsForVpc"),
      ["*"],
    ),
    // EKS creates the cluster's group, and EC2 a VPC's default one: neither has our tags.
    allow(
      "SecurityGroupRules",
      actionsOf(
        "ec2",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateTags",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
      ),
      [arn("ec2", "security-group/*"), arn("ec2", "security-group-rule/*")],
    ),
    allow(
      "ChangeOurs",
      actionsOf(
        "ec2",
        "AssociateRouteTable",
        "AttachInternetGateway",
        "CreateLaunchTemplateVersion",
        "CreateRoute",
        "CreateTags",
        "DeleteFlowLogs",
        "DeleteInternetGateway",
        "DeleteLaunchTemplate",
        "DeleteLaunchTemplateVersions",
        "DeleteNatGateway",
        "DeleteRoute",
        "DeleteRouteTable",
        "DeleteSecurityGroup",
        "DeleteSubnet",
        "DeleteTags",
        "DeleteVpc",
        "DeleteVpcEndpoints",
        "DetachInternetGateway",
        "DisassociateRouteTable",
        "ModifyLaunchTemplate",
        "ModifySubnetAttribute",
        "ModifyVpcAttribute",
        "ModifyVpcEndpoint",
        "ReleaseAddress",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
      ),
      ["*"],
      ours(target),
    ),
    // What an endpoint or a rule of ours refers to may be somebody else's: an existing network's subnets, AWS's prefix lists.
    allow(
      "ReferToOthers",
      actionsOf("ec2", "ModifySecurityGroupRules", "ModifyVpcEndpoint"),
      ["prefix-list", "subnet"].map((type) => `arn:${partition}:ec2:${environment.region}:*:${type}/*`),
    ),
    // Tags set at creation; never later, on somebody else's resource.
    allow("TagWhatIsMade", actionsOf("ec2", "CreateTags"), [arn("ec2", "*/*")], {
      Null: { "ec2:CreateAction": "false" },
    }),
    // EKS checks that the caller who creates a node group may launch instances from its template.
    allow("StartByTemplate", actionsOf("ec2", "RunInstances"), ["*"], {
      ArnLike: { "ec2:LaunchTemplate": arn("ec2", "launch-template/*") },
    }),
    allow(
      "Records",
      actionsOf("route53", "ChangeResourceRecordSets"),
      zones,
      onlyRecords(
        "A",
        hostsWithZone(environment).map(({ host }) => host),
      ),
    ),
    allow("RecordsInSync", actionsOf("route53", "GetChange"), recordChanges(target)),
  );
}

/** Cluster, cache, load balancer, registry. */
export function platformPolicy(target: CiTarget): Policy {
  const { arn, names } = target;
  const { prefix } = names;
  return policyOf(
    allow(
      "Eks",
      actionsOf(
        "eks",
        "AssociateAccessPolicy",
        "AssociateEncryptionConfig",
        "CreateAccessEntry",
        "CreateAddon",
        "CreateCluster",
        "CreateNodegroup",
        "CreatePodIdentityAssociation",
        "DeleteAccessEntry",
        "DeleteAddon",
        "DeleteCluster",
        "DeleteNodegroup",
        "DeletePodIdentityAssociation",
        "DescribeUpdate",
        "DisassociateAccessPolicy",
        "TagResource",
        "UntagResource",
        "UpdateAccessEntry",
        "UpdateAddon",
        "UpdateClusterConfig",
        "UpdateClusterVersion",
        "UpdateNodegroupConfig",
        "UpdateNodegroupVersion",
        "UpdatePodIdentityAssociation",
      ),
      eksResources(target),
    ),
    allow(
      "Cache",
      actionsOf(
        "elasticache",
        "AddTagsToResource",
        "CreateCacheParameterGroup",
        "CreateCacheSubnetGroup",
        "CreateReplicationGroup",
        "CreateSnapshot",
        "CreateUser",
        "CreateUserGroup",
        "DecreaseReplicaCount",
        "DeleteCacheParameterGroup",
        "DeleteCacheSubnetGroup",
        "DeleteReplicationGroup",
        "DeleteUser",
        "DeleteUserGroup",
        "IncreaseReplicaCount",
        "ModifyCacheParameterGroup",
        "ModifyCacheSubnetGroup",
        "ModifyReplicationGroup",
        "ModifyUser",
        "ModifyUserGroup",
        "RemoveTagsFromResource",
        "ResetCacheParameterGroup",
      ),
      [arn("elasticache", `*:${prefix}`), arn("elasticache", `*:${prefix}-*`)],
    ),
    otherSnapshot(target),
    allow(
      "LoadBalancer",
      actionsOf(
        "elasticloadbalancing",
        "AddTags",
        "CreateListener",
        "CreateLoadBalancer",
        "CreateTargetGroup",
        "DeleteListener",
        "DeleteLoadBalancer",
        "DeleteTargetGroup",
        "ModifyListener",
        "ModifyListenerAttributes",
        "ModifyLoadBalancerAttributes",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "RemoveTags",
        "SetSecurityGroups",
        "SetSubnets",
      ),
      [
        arn("elasticloadbalancing", `loadbalancer/net/${prefix}/*`),
        arn("elasticloadbalancing", `listener/net/${prefix}/*`),
        targetGroups(target),
      ],
    ),
    allow(
      "Registry",
      actionsOf(
        "ecr",
        "CreateRepository",
        "DeleteLifecyclePolicy",
        "PutImageScanningConfiguration",
        "PutImageTagMutability",
        "PutLifecyclePolicy",
        "TagResource",
        "UntagResource",
      ),
      ownRepositories(target),
    ),
    // To read what an image is built for and to tag running ones, also in repositories that belong to another environment.
    allow("Images", IMAGE_ACTIONS, [
      ...ownRepositories(target),
      ...imageRepositories(target).map((each) => each.arn),
    ]),
  );
}

/**
 * Lets Redis be created from the snapshot of `redis.restoreFrom`, if its name isn't one of the environment's own. Not from any
 * other: a snapshot of another environment has that one's conversations.
 */
function otherSnapshot({ arn, environment: { redis }, names: { prefix } }: CiTarget): Statement | undefined {
  const from = redis.kind === "elasticache" ? redis.restoreFrom : undefined;
  if (from === undefined || from.startsWith(`${prefix}-`)) return undefined;
  return allow("Snapshot", actionsOf("elasticache", "CreateReplicationGroup"), [
    arn("elasticache", `snapshot:${from}`),
  ]);
}

/** Monitoring and storage: logs, alarms, scheduled checks, key, secret, state. */
export function servicesPolicy(target: CiTarget): Policy {
  const { arn, names, environment } = target;
  const { prefix, redisSecret } = names;
  const { objects } = stateArns(target);
  return policyOf(
    allow(
      "LogGroups",
      actionsOf(
        "logs",
        "AssociateKmsKey",
        "CreateLogGroup",
        "CreateLogStream",
        "DeleteLogGroup",
        "DeleteLogStream",
        "DisassociateKmsKey",
        "PutRetentionPolicy",
        "TagResource",
        "UntagResource",
      ),
      logGroups(target),
    ),
    allow(
      "LogBucket",
      actionsOf(
        "s3",
        "CreateBucket",
        "DeleteBucket",
        "DeleteBucketPolicy",
        "DeleteObject",
        "DeleteObjectVersion",
        "ListBucketVersions",
        "PutBucketOwnershipControls",
        "PutBucketPolicy",
        "PutBucketPublicAccessBlock",
        "PutBucketTagging",
        "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
        "TagResource",
        "UntagResource",
      ),
      // With its objects: the bucket must be emptied before it is deleted.
      [logBucketArn(target), `${logBucketArn(target)}/*`],
    ),
    // VPC and ElastiCache set up log delivery with the caller's permissions; AWS can't limit these to a resource.
    allow(
      "LogDeliveries",
      actionsOf(
        "logs",
        "CreateLogDelivery",
        "DeleteLogDelivery",
        "DescribeResourcePolicies",
        "GetLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "UpdateLogDelivery",
      ),
      ["*"],
      { StringEquals: { "aws:RequestedRegion": environment.region } },
    ),
    allow(
      "Alarms",
      actionsOf("cloudwatch", "DeleteAlarms", "PutMetricAlarm", "TagResource", "UntagResource"),
      [arn("cloudwatch", `alarm:${prefix}-*`)],
    ),
    allow("Budget", actionsOf("budgets", "ModifyBudget", "TagResource", "UntagResource"), budgets(target)),
    allow(
      "Topic",
      actionsOf(
        "sns",
        "CreateTopic",
        "DeleteTopic",
        "SetTopicAttributes",
        "Subscribe",
        "TagResource",
        "UntagResource",
      ),
      [arn("sns", names.alarmTopic), arn("sns", names.watchdogTopic)],
    ),
    // AWS can't limit it to a subscription.
    allow("Unsubscribe", actionsOf("sns", "Unsubscribe"), ["*"]),
    allow(
      "Schedule",
      actionsOf(
        "events",
        "DeleteRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
        "TagResource",
        "UntagResource",
      ),
      [arn("events", `rule/${prefix}-*`)],
    ),
    allow(
      "Function",
      actionsOf(
        "lambda",
        "CreateFunction",
        "DeleteFunction",
        "RemovePermission",
        "TagResource",
        "UntagResource",
        "UpdateFunctionCode",
        "UpdateFunctionConfiguration",
      ),
      [arn("lambda", `function:${prefix}-*`)],
    ),
    // Only for EventBridge: another account, granted a function, could change its code, and keep a role of ours by it.
    allow(
      "FunctionBySchedule",
      actionsOf("lambda", "AddPermission"),
      [arn("lambda", `function:${prefix}-*`)],
      {
        StringEquals: { "lambda:Principal": "events.amazonaws.com" },
      },
    ),
    allow("Alias", actionsOf("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"), [
      arn("kms", `alias/${prefix}`),
      arn("kms", "key/*"),
    ]),
    // Of an existing key: to tag one that it creates, it would need the right to tag, and so to take, any other.
    allow(
      "Key",
      actionsOf(
        "kms",
        "EnableKeyRotation",
        "PutKeyPolicy",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "UpdateKeyDescription",
      ),
      [arn("kms", "key/*")],
      ours(target),
    ),
    // EKS uses a key through a grant of the caller's. The grants of ECR are retired by whoever deletes a repository, but not
    // by this role: no condition keeps that to ECR's.
    allow("Grants", actionsOf("kms", "CreateGrant"), [arn("kms", "key/*")], ours(target)),
    allow(
      "RedisSecret",
      actionsOf(
        "secretsmanager",
        "CreateSecret",
        "DeleteSecret",
        "PutSecretValue",
        "TagResource",
        "UntagResource",
        "UpdateSecret",
        "UpdateSecretVersionStage",
      ),
      [secretArn(target, redisSecret)],
    ),
    // The lock is an object next to the state.
    allow("State", actionsOf("s3", "DeleteObject", "PutObject"), [objects]),
    stateKey(target, "EncryptState", ["kms:Decrypt", "kms:GenerateDataKey"]),
  );
}

/** Services that the stacks' roles are passed to. */
const PASSED_TO = [
  "ec2.amazonaws.com",
  "eks.amazonaws.com",
  "lambda.amazonaws.com",
  "pods.eks.amazonaws.com",
  "vpc-flow-logs.amazonaws.com",
];

/** Services that create their service-linked role on first use. */
const LINKED = [
  "autoscaling.amazonaws.com",
  "eks-nodegroup.amazonaws.com",
  "eks.amazonaws.com",
  "elasticache.amazonaws.com",
  "elasticloadbalancing.amazonaws.com",
  "spot.amazonaws.com",
];

/** The stacks' roles, only with the stacks' boundary. */
export function rolesPolicy(target: CiTarget): Policy {
  const { iam, names, ci } = target;
  const roles = [iam(`role/${names.prefix}-*`)];
  return policyOf(
    allow("WithinTheBoundary", actionsOf("iam", ...GRANTING), roles, {
      StringEquals: { "iam:PermissionsBoundary": ci.stackBoundary },
    }),
    allow(
      "Roles",
      actionsOf(
        "iam",
        "DeleteRole",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "ListInstanceProfilesForRole",
        "TagRole",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
        "UpdateRoleDescription",
      ),
      roles,
    ),
    allow("PassRoles", actionsOf("iam", "PassRole"), roles, {
      StringEquals: { "iam:PassedToService": PASSED_TO },
    }),
    allow("ServiceRoles", actionsOf("iam", "CreateServiceLinkedRole"), [iam("role/aws-service-role/*")], {
      StringEquals: { "iam:AWSServiceName": LINKED },
    }),
    // EKS looks at its role for node groups with the caller's rights, and refuses to create one if it can't, even if the role exists.
    allow("LookAtServiceRoles", ["iam:GetRole"], [iam("role/aws-service-role/*")]),
  );
}
