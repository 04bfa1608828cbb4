import {
  CloudwatchMetricAlarm,
  type CloudwatchMetricAlarmConfig,
} from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm";
import type { Construct } from "constructs";
import type { Alarms } from "./alarms";

export interface AlarmProps extends Pick<
  CloudwatchMetricAlarmConfig,
  | "namespace"
  | "metricName"
  | "dimensions"
  | "statistic"
  | "period"
  | "evaluationPeriods"
  | "comparisonOperator"
  | "threshold"
> {
  /** Where it notifies. */
  readonly alarms: Alarms;
  /** Comes after the environment's prefix. */
  readonly name: string;
  /** What is wrong, what it means and what to run: most people see only this. 1,024 characters at most. */
  readonly description: string;
  /** How to treat missing data. @default "breaching": something not measured must not look healthy */
  readonly missingData?: "breaching" | "missing";
}

/** A CloudWatch alarm that notifies when it goes off and when it clears. */
export class Alarm extends CloudwatchMetricAlarm {
  constructor(scope: Construct, id: string, props: AlarmProps) {
    const { alarms, name, description, missingData = "breaching", ...metric } = props;
    super(scope, id, {
      ...metric,
      alarmName: `${alarms.namePrefix}-${name}`,
      alarmDescription: description,
      treatMissingData: missingData,
      alarmActions: [alarms.topicArn],
      okActions: [alarms.topicArn],
    });
  }
}
