import type { ITerraformDependable } from "cdktf";
import { isStandby } from "../../environments";
import { hostsOf } from "../../environments/hosts";
import { MAINTENANCE_HEADER, NAMESPACE } from "../../environments/names";
import type { Runbook } from "../../environments/runbooks";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import { ScheduledCheck } from "./scheduled-check";

const METRIC = "UptimeFailures";
const PERIOD_SECONDS = 60;
/** FAILED_MINUTES of the last MINUTES must fail: one lost request pages nobody, an intermittent outage does. */
const MINUTES = 5;
const FAILED_MINUTES = 3;

export interface UptimeCheckProps {
  /** Name of the load balancer. */
  readonly loadBalancerHost: string;
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** KMS key of the check's log. */
  readonly logKeyArn: string;
  /** The routes: before they exist, every check would fail. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Alarms when the product doesn't answer its users' requests, or its certificate isn't renewed: sends them to every host,
 * each minute, from outside the VPC.
 *
 * Part of `app`, and created after its routes: after a first deploy of `infra` alone, nothing can answer.
 */
export class UptimeCheck extends ScheduledCheck {
  constructor(stack: EnvironmentStack, id: string, props: UptimeCheckProps) {
    const { environment } = stack;
    const { domain, streaming, tls, traffic } = environment;
    // A standby's would answer for the other environment.
    const behindProxy = traffic.trustedProxies.length > 0 && !isStandby(environment);
    const trusted = tls.issuer === "letsencrypt";
    const seesCertificates = trusted && !behindProxy;
    const ownsRecord = (hostedZoneId: string | undefined) => hostedZoneId !== undefined && domain.records;
    super(stack, id, {
      name: "uptime-check",
      description: "Counts which of the product's responses fail",
      subject: "what the product answers",
      every: "1 minute",
      metricName: METRIC,
      input: {
        loadBalancerHost: props.loadBalancerHost,
        redirectsTo: domain.host,
        // Each name once: EventBridge takes 8192 characters, and there may be 21 hosts of 200.
        targets: hostsOf(environment).map(({ host, hostedZoneId, serves }) => ({
          host,
          // By its own name, as users do, if this project manages its record or a proxy answers. Other names may point
          // elsewhere, or nowhere.
          ...(behindProxy || ownsRecord(hostedZoneId) ? { byName: true } : {}),
          ...(serves === "redirect" ? { redirects: true } : {}),
        })),
        trusted,
        ...(seesCertificates ? { certificates: true } : {}),
        maintenanceHeader: MAINTENANCE_HEADER,
        ...(streaming.checkPath === undefined ? {} : { streamPath: streaming.checkPath }),
      },
      logKeyArn: props.logKeyArn,
      dependsOn: props.dependsOn,
    });
    const asked = "asked each minute, from outside the cluster";
    const pods = `kubectl get pods -n ${NAMESPACE}`;
    const { topicArn } = props;
    this.alarm(topicArn, "product", "product-down", `GET /health and / of each host fail, ${asked}`, pods);
    if (streaming.checkPath !== undefined)
      this.alarm(
        topicArn,
        "streams",
        "streams-cut",
        `Pages work, but GET ${streaming.checkPath} sends no event, ${asked}`,
        pods,
      );
    if (seesCertificates)
      this.alarm(
        topicArn,
        "certificate",
        "certificate",
        "A host's certificate has less than 25% of its lifetime left: cert-manager should have renewed it at one third, " +
          "and did not. Once it expires, browsers reject it",
        `kubectl describe certificate,certificaterequest,order,challenge -n ${NAMESPACE}`,
      );
  }

  /** @param then - What to run after the check's log. */
  private alarm(topicArn: string, part: string, runbook: Runbook, what: string, then: string): void {
    // A host that doesn't answer says nothing new about its certificate.
    const missingData = part === "certificate" ? "ignore" : "notify";
    new Alarm(this, part, {
      topicArn,
      name: runbook,
      description:
        `${what}: ${FAILED_MINUTES} of the last ${MINUTES} minutes. ` +
        `First run, for the reason: ${this.showLog} --since 15m. Then: ${then}.` +
        (missingData === "notify" ? " With no data, the check itself doesn't run." : ""),
      runbook,
      namespace: this.namespace,
      metricName: METRIC,
      dimensions: { Part: part },
      statistic: "Maximum",
      period: PERIOD_SECONDS,
      evaluationPeriods: MINUTES,
      datapointsToAlarm: FAILED_MINUTES,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      missingData,
    });
  }
}
