import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

/** KMS's minimum, in days: a destroyed dev environment leaves little behind, and a mistake can still be undone. */
const DELETION_WINDOW_DAYS = 7;

/**
 * The environment's own KMS key, for the cluster's secrets, the log groups and the alarms' topic. Data that must
 * outlive a destroy (the app secret, snapshots, volumes) uses AWS-managed keys instead: without its key it would be
 * unreadable.
 */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const { environment, partition, account, names } = stack;
    const policy = new DataAwsIamPolicyDocument(this, "policy", {
      statement: [
        {
          sid: "Account",
          // Lets IAM policies grant access, as in the default key policy: without it nobody could manage the key.
          principals: [{ type: "AWS", identifiers: [`arn:${partition}:iam::${account}:root`] }],
          actions: ["kms:*"],
          resources: ["*"],
        },
        {
          sid: "Logs",
          principals: [{ type: "Service", identifiers: [`logs.${environment.region}.amazonaws.com`] }],
          actions: [
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:DescribeKey",
          ],
          resources: ["*"],
          condition: [
            {
              test: "ArnLike",
              variable: "kms:EncryptionContext:aws:logs:arn",
              values: [stack.arn("logs", "log-group:*")],
            },
          ],
        },
        {
          sid: "Alarms",
          // CloudWatch encrypts what it publishes to an encrypted topic: this account's alarms, in this region.
          principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
          actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
          resources: ["*"],
          condition: [
            { test: "ArnLike", variable: "aws:SourceArn", values: [stack.arn("cloudwatch", "alarm:*")] },
          ],
        },
      ],
    });
    const key = new KmsKey(this, "key", {
      description: `${names.prefix}: secrets of the cluster, log groups, alarms`,
      enableKeyRotation: true,
      deletionWindowInDays: DELETION_WINDOW_DAYS,
      policy: policy.json,
    });
    new KmsAlias(this, "alias", { name: `alias/${names.prefix}`, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
