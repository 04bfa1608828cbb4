import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import { DataAwsEksClusters } from "@cdktf/provider-aws/lib/data-aws-eks-clusters";
import { DataAwsKmsAlias } from "@cdktf/provider-aws/lib/data-aws-kms-alias";
import { DataAwsLb } from "@cdktf/provider-aws/lib/data-aws-lb";
import { DataAwsLbListener } from "@cdktf/provider-aws/lib/data-aws-lb-listener";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { missingCluster } from "../../environments/hints";
import type { EnvironmentStack } from "../environment-stack";
import { HTTPS } from "../peers";

/** What `app` needs of what `infra` created, looked up by name. */

/** Index of an ARN's resource part, which is the name in metrics. */
const RESOURCE_OF_ARN = 5;

/** Checks that `infra` is deployed, by looking for its cluster; without one, the plan fails and says what to run. */
export class DeployedInfra extends Construct {
  readonly found: ITerraformDependable;

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const clusters = new DataAwsEksClusters(this, "clusters", {});
    clusters.lifecycle = {
      postcondition: [
        {
          condition: `\${contains(self.names, ${JSON.stringify(stack.names.cluster)})}`,
          errorMessage: missingCluster(stack.environment),
        },
      ],
    };
    this.found = clusters;
  }
}

export interface DeployedProps {
  /** Checks that must pass before anything is looked up. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The cluster. */
export class DeployedCluster extends Construct {
  readonly name: string;
  readonly endpoint: string;
  /** Base64 of the cluster's certificate authority. */
  readonly certificateAuthority: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedProps) {
    super(stack, id);
    this.name = stack.names.cluster;
    const cluster = new DataAwsEksCluster(this, "cluster", { name: this.name, dependsOn: [...dependsOn] });
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
  }
}

/** Where alarms go. */
export class DeployedAlarms extends Construct {
  readonly topicArn: string;
  /** The environment's KMS key, for the logs of checks. */
  readonly keyArn: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedProps) {
    super(stack, id);
    const { names } = stack;
    this.topicArn = stack.arn("sns", names.alarmTopic);
    const key = new DataAwsKmsAlias(this, "key", {
      name: `alias/${names.prefix}`,
      dependsOn: [...dependsOn],
    });
    this.keyArn = key.targetKeyArn;
  }
}

/** The load balancer. */
export class DeployedLoadBalancer extends Construct {
  readonly hostName: string;
  /** Its name in CloudWatch metrics. */
  readonly metricName: string;
  /** The HTTPS target group's name in CloudWatch metrics. */
  readonly httpsTargetsMetricName: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedProps) {
    super(stack, id);
    const balancer = new DataAwsLb(this, "nlb", { name: stack.names.prefix, dependsOn: [...dependsOn] });
    const https = new DataAwsLbListener(this, "https", { loadBalancerArn: balancer.arn, port: HTTPS });
    this.hostName = balancer.dnsName;
    this.metricName = balancer.arnSuffix;
    this.httpsTargetsMetricName = Fn.element(
      Fn.split(":", https.defaultAction.get(0).targetGroupArn),
      RESOURCE_OF_ARN,
    ) as string;
  }
}
