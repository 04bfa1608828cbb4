import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

export interface AlarmTopicProps {
  /** KMS key of the messages. Its policy must admit CloudWatch, or alarms go off and nobody is notified. */
  readonly keyArn: string;
}

/** Where the environment's alarms go: a topic that CloudWatch publishes to, with e-mail subscriptions. */
export class AlarmTopic extends Construct {
  readonly topicArn: string;

  constructor(stack: EnvironmentStack, id: string, props: AlarmTopicProps) {
    super(stack, id);
    const topic = new SnsTopic(this, "topic", {
      name: stack.names.alarmTopic,
      // SNS's own key doesn't admit CloudWatch, and its policy can't be changed.
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
          // Alarms of this account and region only: the CloudWatch principal acts for every account.
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

    // The id is the address: with an index, removing one address would make all later ones confirm again.
    for (const email of stack.environment.alarms.emails)
      new SnsTopicSubscription(this, email, { topicArn: topic.arn, protocol: "email", endpoint: email });
  }
}
