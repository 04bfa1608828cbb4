import { DataAwsLb } from "@cdktf/provider-aws/lib/data-aws-lb";
import { DataAwsLbListener } from "@cdktf/provider-aws/lib/data-aws-lb-listener";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

const HTTPS_PORT = 443;
/** Index of an ARN's resource part, which is the name in metrics. */
const RESOURCE_OF_ARN = 5;

export interface DeployedLoadBalancerProps {
  /** Checks that must pass before it is looked up. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The load balancer that `infra` created, looked up by name. */
export class DeployedLoadBalancer extends Construct {
  readonly hostName: string;
  /** Its name in CloudWatch metrics. */
  readonly metricName: string;
  /** The HTTPS target group's name in CloudWatch metrics. */
  readonly httpsTargetsMetricName: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedLoadBalancerProps) {
    super(stack, id);
    const balancer = new DataAwsLb(this, "nlb", { name: stack.names.prefix, dependsOn: [...dependsOn] });
    const https = new DataAwsLbListener(this, "https", { loadBalancerArn: balancer.arn, port: HTTPS_PORT });
    this.hostName = balancer.dnsName;
    this.metricName = balancer.arnSuffix;
    this.httpsTargetsMetricName = Fn.element(
      Fn.split(":", https.defaultAction.get(0).targetGroupArn),
      RESOURCE_OF_ARN,
    ) as string;
  }
}
