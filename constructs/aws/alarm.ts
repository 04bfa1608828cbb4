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
  /** Who is told. */
  readonly alarms: Alarms;
  /** Follows the environment's own prefix. */
  readonly name: string;
  /** What is wrong, what it means and what to run: most people see nothing else of it. 1,024 characters at most. */
  readonly description: string;
  /** What the absence of data is. @default "breaching": what nobody measures must not look like what is well */
  readonly missingData?: "breaching" | "missing";
}

/** An alarm of the environment, which tells people when it begins and when it ends. */
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
