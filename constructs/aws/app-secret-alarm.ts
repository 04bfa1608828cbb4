import type { EnvironmentStack } from "../environment-stack";
import { keysToCheck } from "../../environments/app-secret-keys";
import { Alarm } from "./alarm";
import type { Alarms } from "./alarms";
import { ScheduledCheck } from "./scheduled-check";

/** Minutes between two checks: External Secrets looks as often. */
const CHECK_MINUTES = 10;
/**
 * The alarm looks at two checks, and at the better one: AWS failing once, or an edit that is mended at once, wakes
 * nobody. What lasts does, and so does a check that is not made.
 */
const ALARM_SECONDS = 2 * CHECK_MINUTES * 60;

const METRIC = "AppSecretKeysMissing";

export interface AppSecretAlarmProps {
  readonly alarms: Alarms;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/**
 * Tells when a required key of the app secret is removed or emptied, or the secret can't be read. Nothing else
 * would: External Secrets keeps what it copied last, and the product runs on until a rotation that doesn't arrive.
 */
export class AppSecretAlarm extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: AppSecretAlarmProps) {
    const { environment, names } = stack;
    super(stack, id, {
      name: "app-secret-keys-check",
      description: "Writes how many required keys the app secret lacks",
      looksAt: "the app secret's keys",
      every: `${CHECK_MINUTES} minutes`,
      metricName: METRIC,
      input: { secret: names.appSecret, keys: keysToCheck(environment).map(({ name }) => name) },
      // No right on a key: aws/secretsmanager, which the secret is under, lets in whoever may read the secret.
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
      alarms: props.alarms,
      name: "app-secret-keys",
      description: this.meaning(names.appSecret, environment.name),
      namespace: this.namespace,
      metricName: METRIC,
      statistic: "Minimum",
      period: ALARM_SECONDS,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
    });
  }

  private meaning(secret: string, environment: string): string {
    return (
      `The secret ${secret} has no value for a required key, or is gone, or can't be read. ` +
      "Pods that use it keep running on the last good values, but no new value of any key reaches them; " +
      "only a key that is there and empty is handed on as it is, and they restart without it. " +
      `See which: npx wbot secrets status --env ${environment}. ` +
      `Mend it: npx wbot secrets edit --env ${environment}, or, from a file with all keys, ` +
      `npx wbot secrets push app-secret.env --env ${environment}. ` +
      `Why, also where nobody looked (no data): ${this.showLog} --since 1h`
    );
  }
}
