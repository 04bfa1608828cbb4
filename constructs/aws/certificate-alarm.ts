import { NAMESPACE } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import type { Alarms } from "./alarms";
import { ScheduledCheck } from "./scheduled-check";

/** Hours between two checks: the shortest certificates that Let's Encrypt gives live 160. */
const CHECK_HOURS = 6;
/**
 * An alarm looks at two checks, and at the better one: a handshake that fails once, while Traefik moves, wakes nobody;
 * one that fails twice does, and so does a check that is not made.
 */
const ALARM_SECONDS = 2 * CHECK_HOURS * 3600;

const METRIC = "CertificateLifeLeft";

/** Lowest per cent of its life that a certificate may have left, and what it means if it has less. */
const ALARMS = [
  {
    id: "renewal",
    percent: 25,
    // A third is cert-manager's own choice where a Certificate says nothing else, as here.
    meaning: "cert-manager, which renews it when a third is left, did not",
  },
  { id: "expiry", percent: 10, meaning: "browsers are about to refuse it, or do so already" },
] as const;

export interface CertificateAlarmProps {
  /** Host names that the load balancer serves, each with a certificate that names it. */
  readonly hosts: readonly string[];
  /** Name that is connected to: the hosts' own DNS may point elsewhere still. */
  readonly loadBalancerHost: string;
  readonly alarms: Alarms;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
}

/** Tells when a certificate is not renewed, and again before it ends, as seen from outside the cluster. */
export class CertificateAlarm extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: CertificateAlarmProps) {
    const { hosts, loadBalancerHost, alarms, logKeyArn } = props;
    super(stack, id, {
      name: "certificate-check",
      description: "Writes how much of its life each certificate has left",
      looksAt: "the certificates",
      every: `${CHECK_HOURS} hours`,
      metricName: METRIC,
      input: { loadBalancerHost, hosts: [...hosts] },
      logKeyArn,
    });
    for (const host of hosts) this.watch(host, alarms);
  }

  private watch(host: string, alarms: Alarms): void {
    for (const { id, percent, meaning } of ALARMS) {
      new Alarm(this, `${id}-${host.replaceAll(".", "_")}`, {
        alarms,
        name: `certificate-${id}-${host}`,
        description:
          `The certificate of ${host} has less than ${percent} % of its life left: ${meaning}. ` +
          `See why: kubectl describe certificate,certificaterequest,order,challenge -n ${NAMESPACE}. ` +
          `At 0, or without data, ${host} is served no certificate of its own, or nobody looked: ` +
          `${this.showLog} --since 1d`,
        namespace: this.namespace,
        metricName: METRIC,
        dimensions: { Host: host },
        statistic: "Maximum",
        period: ALARM_SECONDS,
        evaluationPeriods: 1,
        comparisonOperator: "LessThanThreshold",
        threshold: percent,
      });
    }
  }
}
