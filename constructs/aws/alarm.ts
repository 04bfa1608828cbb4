import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";
import { runbookLink, type Runbook } from "../../environments/runbooks";
import { EnvironmentStack } from "../environment-stack";

/**
 * How many more periods CloudWatch looks back than an alarm evaluates: data must be missing from these as well before it
 * counts as breaching.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const UNTIL_MISSING = 2;

/** CloudWatch's limit. */
const DESCRIPTION_CHARACTERS = 1024;

export interface AlarmProps extends Pick<
  CloudwatchMetricAlarmConfig,
  | "namespace"
  | "metricName"
  | "dimensions"
  | "statistic"
  | "period"
  | "evaluationPeriods"
  | "datapointsToAlarm"
  | "comparisonOperator"
  | "threshold"
  | "dependsOn"
> {
  /** Where it notifies: the topic that `infra` creates. */
  readonly topicArn: string;
  /** Comes after the environment's prefix. */
  readonly name: string;
  /**
   * What is wrong, what it means and what to run first, with its region: most people see only this. How to choose
   * the cluster for kubectl, and the runbook's link, are appended.
   */
  readonly description: string;
  /** Page that says what to do. */
  readonly runbook: Runbook;
  /**
   * How to treat missing data. "notify" notifies when data stops, but not before the first data point: for a metric that
   * starts after its alarm, where "breaching" would go off during a first deploy. "ignore" keeps the state as it is, where
   * no data only means that nothing new is known.
   *
   * @default "breaching": something not measured must not look healthy
   */
  readonly missingData?: "breaching" | "notify" | "missing" | "ignore";
}

/** A CloudWatch alarm that notifies when it goes off and when it clears. */
export class Alarm extends CloudwatchMetricAlarm {
  constructor(scope: Construct, id: string, props: AlarmProps) {
    const { environment, names } = EnvironmentStack.of(scope);
    const { topicArn, name, description, runbook, missingData = "breaching", ...metric } = props;
    const choose = `For kubectl: aws eks update-kubeconfig --name ${names.cluster} --region ${environment.region}. `;
    const text = `${description} ${description.includes("kubectl") ? choose : ""}Runbook: ${runbookLink(runbook, environment)}`;
    if (text.length > DESCRIPTION_CHARACTERS)
      throw new Error(
        `the description of the alarm ${name} has ${text.length} characters, and CloudWatch takes ${DESCRIPTION_CHARACTERS}: shorten it in ${id}`,
      );
    super(scope, id, {
      ...metric,
      alarmName: `${names.prefix}-${name}`,
      alarmDescription: text,
      treatMissingData: missingData === "notify" ? "missing" : missingData,
      alarmActions: [topicArn],
      okActions: [topicArn],
      ...(missingData === "notify" ? { insufficientDataActions: [topicArn] } : {}),
    });
  }
}
