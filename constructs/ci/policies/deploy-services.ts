import { actionsOf, allow, policyOf, type Policy, type CiTarget } from "./policy";
import {
  alarms,
  budgets,
  functions,
  logBucketArn,
  logGroups,
  ours,
  rules,
  secretArn,
  stateArns,
  stateKey,
  topics,
} from "./resources";

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
      alarms(target),
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
      topics(target),
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
      rules(target),
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
      functions(target),
    ),
    // Only for EventBridge: another account, granted a function, could change its code, and keep a role of ours by it.
    allow("FunctionBySchedule", actionsOf("lambda", "AddPermission"), functions(target), {
      StringEquals: { "lambda:Principal": "events.amazonaws.com" },
    }),
    allow("Alias", actionsOf("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"), [
      arn("kms", `alias/${prefix}`),
      arn("kms", "key/*"),
    ]),
    // Only an existing key: to tag one that it creates, it would need the right to tag, and so to take, any other.
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
