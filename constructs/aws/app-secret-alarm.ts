import type { EnvironmentStack } from "../environment-stack";
import { keysToCheck } from "../../environments/app-secret-keys";
import { Alarm } from "./alarm";
import { periodOfTwo, ScheduledCheck } from "./scheduled-check";

/** Minutes between two checks, the same as External Secrets' refresh interval. */
const CHECK_MINUTES = 10;

const METRIC = "AppSecretKeysMissing";

export interface AppSecretAlarmProps {
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/**
 * Alarms when a required key of the app secret is removed or emptied, or the secret can't be read. Nothing else would:
 * External Secrets keeps the last copy, and the product keeps running until a rotated value doesn't arrive.
 */
export class AppSecretAlarm extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: AppSecretAlarmProps) {
    const { environment, names } = stack;
    super(stack, id, {
      name: "app-secret-keys-check",
      description: "Counts the required keys missing from the app secret",
      subject: "the app secret's keys",
      every: `${CHECK_MINUTES} minutes`,
      metricName: METRIC,
      input: { secret: names.appSecret, keys: keysToCheck(environment).map(({ name }) => name) },
      // No KMS permission: the secret's key is aws/secretsmanager, which admits anyone who may read the secret.
      reads: [
        {
          sid: "ReadAppSecret",
          actions: ["secretsmanager:GetSecretValue"],
          resources: [stack.secretArn(names.appSecret)],
        },
      ],
      logKeyArn: props.logKeyArn,
    });
    new Alarm(this, "missing", {
      topicArn: props.topicArn,
      name: "app-secret-keys",
      description: this.meaning(names.appSecret, environment.name),
      runbook: "secret",
      namespace: this.namespace,
      metricName: METRIC,
      statistic: "Minimum",
      period: periodOfTwo(CHECK_MINUTES),
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      missingData: "notify",
    });
  }

  private meaning(secret: string, environment: string): string {
    return (
      `The secret ${secret} lacks a value for a required key, is gone, or can't be read. ` +
      "Pods keep running on the last good values, but no new value of any key reaches them. " +
      "Exception: a key that exists but is empty is copied, and they restart without it. " +
      `To see which key: npx wbot secrets status --env ${environment}. ` +
      `To fix it: npx wbot secrets edit --env ${environment}, or, from a file with all keys, ` +
      `npx wbot secrets push app-secret.env --env ${environment}. ` +
      `Cause, also if the check itself failed (no data): ${this.showLog} --since 1h`
    );
  }
}
