import { NAMESPACE } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import { ScheduledCheck } from "./scheduled-check";

/** Hours between two checks: Let's Encrypt's shortest certificates are valid for 160. */
const CHECK_HOURS = 6;
/**
 * How many checks in a row must find too little: a handshake that fails once, while Traefik moves, or the first check,
 * before the product is deployed, pages nobody.
 */
const FAILED_CHECKS = 2;
/** One for each check, with some slack: a check that comes late must not leave one empty. */
const PERIOD_SECONDS = CHECK_HOURS * 3600 + 600;

const METRIC = "CertificateLifeLeft";

/** What percentage of its lifetime a certificate must have left, and what it means if it has less. */
const ALARMS = [
  {
    id: "renewal",
    percent: 25,
    // One third is cert-manager's default.
    meaning: "cert-manager should have renewed it at one third, and did not",
  },
  { id: "expiry", percent: 10, meaning: "browsers will soon reject it, or already do" },
] as const;

export interface CertificateAlarmProps {
  /** Host names that the load balancer serves, each with a certificate for it. */
  readonly hosts: readonly string[];
  /** Name to connect to: the hosts' DNS may still point elsewhere. */
  readonly loadBalancerHost: string;
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/** Alarms when a certificate isn't renewed, and again before it expires, as seen from outside the cluster. */
export class CertificateAlarm extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: CertificateAlarmProps) {
    const { hosts, loadBalancerHost, topicArn, logKeyArn } = props;
    super(stack, id, {
      name: "certificate-check",
      description: "Measures how much of its lifetime each certificate has left",
      subject: "the certificates",
      every: `${CHECK_HOURS} hours`,
      metricName: METRIC,
      input: { loadBalancerHost, hosts: [...hosts] },
      logKeyArn,
    });
    for (const host of hosts) this.watch(host, topicArn);
  }

  private watch(host: string, topicArn: string): void {
    for (const { id, percent, meaning } of ALARMS) {
      new Alarm(this, `${id}-${host.replaceAll(".", "_")}`, {
        topicArn,
        name: `certificate-${id}-${host}`,
        description:
          `The certificate of ${host} has less than ${percent}% of its lifetime left: ${meaning}. ` +
          `To see why: kubectl describe certificate,certificaterequest,order,challenge -n ${NAMESPACE}. ` +
          `At 0, or with no data, ${host} has no certificate of its own, or the check failed: ` +
          `${this.showLog} --since 1d`,
        runbook: "certificate",
        namespace: this.namespace,
        metricName: METRIC,
        dimensions: { Host: host },
        statistic: "Maximum",
        period: PERIOD_SECONDS,
        evaluationPeriods: FAILED_CHECKS,
        comparisonOperator: "LessThanThreshold",
        threshold: percent,
        missingData: "notify",
      });
    }
  }
}
