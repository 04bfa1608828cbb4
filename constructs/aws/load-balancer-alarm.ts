import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { Alarm } from "./alarm";
import type { DeployedLoadBalancer } from "./deployed-infra";

const PERIOD_SECONDS = 60;
const PERIODS = 3;

export interface LoadBalancerAlarmProps {
  readonly loadBalancer: DeployedLoadBalancer;
  /** Where its alarms notify. */
  readonly topicArn: string;
  /** Something created minutes after Traefik: a new load balancer has no healthy target at first. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Alarms when no target of the load balancer is healthy: it then sends requests to all of them, and none answers.
 *
 * HTTPS targets only: HTTP has the same ones, with the same health check.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
 */
export class LoadBalancerAlarm extends Construct {
  constructor(
    stack: EnvironmentStack,
    id: string,
    { loadBalancer, topicArn, dependsOn }: LoadBalancerAlarmProps,
  ) {
    super(stack, id);
    new Alarm(this, "no-target", {
      topicArn,
      name: "load-balancer",
      description:
        `For ${PERIODS} minutes no target of the load balancer has been healthy: no Traefik pod answers it, so nobody can reach ` +
        "the product. First run: kubectl get pods -n traefik -o wide. Then: kubectl get nodes.",
      runbook: "product-down",
      namespace: "AWS/NetworkELB",
      metricName: "HealthyHostCount",
      dimensions: { LoadBalancer: loadBalancer.metricName, TargetGroup: loadBalancer.httpsTargetsMetricName },
      // The count in the best zone.
      statistic: "Maximum",
      period: PERIOD_SECONDS,
      evaluationPeriods: PERIODS,
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      dependsOn: [...dependsOn],
    });
  }
}
