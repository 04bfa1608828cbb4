import type { EnvironmentStack } from "../environment-stack";
import { MAINTENANCE_ALERT, WATCHDOG_ALERT } from "../scrapes";

/** ARNs of the topics that Alertmanager publishes to. */
export function topicArns(stack: EnvironmentStack) {
  const { alarmTopic, watchdogTopic } = stack.names;
  return { alarms: stack.arn("sns", alarmTopic), watchdog: stack.arn("sns", watchdogTopic) };
}

/** Alerts of one name go into one message, those that are over too; each one's summary says which it is. */
const MESSAGE = `{{ range .Alerts }}{{ if eq .Status "resolved" }}Over: {{ end }}{{ .Annotations.summary }}
{{ .Annotations.description }}
Runbook: {{ .Annotations.runbook_url }}
{{ if eq .Status "resolved" }}Over since {{ .EndsAt }}{{ else }}Since {{ .StartsAt }}{{ end }}

{{ end }}`;

/**
 * Alerts go to the topic of the CloudWatch alarms, and so to the same people. During maintenance, those about what users
 * experience are inhibited. The alert that always fires goes to a topic of its own, where CloudWatch counts it.
 *
 * @see https://prometheus.io/docs/alerting/latest/configuration/
 */
export function alertmanagerConfig(stack: EnvironmentStack) {
  const { environment, names } = stack;
  const { alarms, watchdog } = topicArns(stack);
  const sns = (topic_arn: string, subject: string, message: string, resolved: boolean) => ({
    sns_configs: [
      { topic_arn, sigv4: { region: environment.region }, subject, message, send_resolved: resolved },
    ],
  });
  const receivers = [
    { name: "nobody" },
    {
      name: "people",
      // SNS refuses a subject of more than 100 characters.
      ...sns(
        alarms,
        `{{ .CommonLabels.severity | toUpper }} {{ .Status | toUpper }}: {{ .CommonLabels.alertname }} (${names.prefix})`,
        MESSAGE,
        true,
      ),
    },
    { name: "watchdog", ...sns(watchdog, "alive", "alive", false) },
  ];
  return {
    route: {
      receiver: "people",
      group_by: ["alertname"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
      routes: [
        { receiver: "nobody", matchers: [`alertname = "${MAINTENANCE_ALERT}"`] },
        {
          receiver: "watchdog",
          matchers: [`alertname = "${WATCHDOG_ALERT}"`],
          group_wait: "0s",
          group_interval: "1m",
          repeat_interval: "4m",
        },
      ],
    },
    inhibit_rules: [
      { source_matchers: [`alertname = "${MAINTENANCE_ALERT}"`], target_matchers: ['felt_by = "users"'] },
    ],
    receivers,
    templates: [],
  };
}
