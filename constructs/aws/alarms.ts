import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

export interface AlarmsProps {
  /** KMS key of the messages. Its policy must admit CloudWatch, or alarms go off and nobody hears of it. */
  readonly keyArn: string;
}

/** Where the environment's alarms are told: a topic that CloudWatch writes to, and the people who read it by e-mail. */
export class Alarms extends Construct {
  readonly topicArn: string;
  /** What the name of every alarm begins with. */
  readonly namePrefix: string;

  constructor(stack: EnvironmentStack, id: string, props: AlarmsProps) {
    super(stack, id);
    this.namePrefix = stack.names.prefix;
    const topic = new SnsTopic(this, "topic", {
      name: `${this.namePrefix}-alarms`,
      // SNS's own key admits no other service, and nobody can change that.
      kmsMasterKeyId: props.keyArn,
    });
    this.topicArn = topic.arn;

    const publish = { actions: ["sns:Publish"], resources: [topic.arn] };
    const policy = new DataAwsIamPolicyDocument(this, "policy", {
      statement: [
        {
          sid: "Alarms",
          principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
          ...publish,
          // Of this account and region: CloudWatch asks for everybody's.
          condition: [
            { test: "ArnLike", variable: "aws:SourceArn", values: [stack.arn("cloudwatch", "alarm:*")] },
          ],
        },
        {
          sid: "TlsOnly",
          effect: "Deny",
          principals: [{ type: "*", identifiers: ["*"] }],
          ...publish,
          condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
        },
      ],
    });
    new SnsTopicPolicy(this, "topic-policy", { arn: topic.arn, policy: policy.json });

    // Named by the address: by number, one who leaves would have everybody behind confirm anew.
    for (const email of stack.environment.alarms.emails)
      new SnsTopicSubscription(this, email, { topicArn: topic.arn, protocol: "email", endpoint: email });
  }
}
