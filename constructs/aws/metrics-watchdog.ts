import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";

/** Alertmanager publishes every 4 minutes. */
const PERIOD_SECONDS = 300;
/** Silence takes two more (UNTIL_MISSING): a Prometheus that moves to another node pages nobody. */
const PERIODS = 3;

export interface MetricsWatchdogProps {
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** KMS key of the messages. */
  readonly keyArn: string;
  /** The releases: an alarm created before them would go off before the first message, for which the topic must exist. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Detects that alerts can't arrive. Prometheus has an alert that always fires, and Alertmanager publishes it to a topic
 * without subscribers: if CloudWatch counts no messages there, one of the two or their path to SNS is broken.
 */
export class MetricsWatchdog extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: MetricsWatchdogProps) {
    super(stack, id);
    const topic = new SnsTopic(this, "topic", {
      name: stack.names.watchdogTopic,
      kmsMasterKeyId: props.keyArn,
    });
    new Alarm(this, "alarm", {
      topicArn: props.topicArn,
      name: "metrics-missing",
      description:
        "Prometheus or Alertmanager is down, or can't publish to SNS: no alert about the product can arrive. " +
        "First: kubectl get pods -n monitoring.",
      runbook: "metrics-missing",
      namespace: "AWS/SNS",
      metricName: "NumberOfMessagesPublished",
      dimensions: { TopicName: topic.name },
      statistic: "Sum",
      period: PERIOD_SECONDS,
      evaluationPeriods: PERIODS,
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      dependsOn: [...props.dependsOn],
    });
  }
}
