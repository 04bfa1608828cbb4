import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import { DataAwsEksClusters } from "@cdktf/provider-aws/lib/data-aws-eks-clusters";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";

/** The cluster that `infra` has made, found by its name; a plan without it ends with what to do. */
export class DeployedCluster extends Construct {
  readonly name: string;
  readonly endpoint: string;
  /** Base64 of the cluster's certificate authority. */
  readonly certificateAuthority: string;

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const { names, environment } = stack;
    this.name = names.cluster;
    const clusters = new DataAwsEksClusters(this, "clusters", {});
    clusters.lifecycle = {
      postcondition: [
        {
          condition: `\${contains(self.names, ${JSON.stringify(names.cluster)})}`,
          errorMessage: missingCluster(environment),
        },
      ],
    };
    const cluster = new DataAwsEksCluster(this, "cluster", { name: names.cluster, dependsOn: [clusters] });
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
  }
}

/** What to tell whose infra is not there yet; indented, so that Terraform leaves the command in one piece. */
export function missingCluster(environment: Environment): string {
  return (
    `There is no EKS cluster ${namesOf(environment).cluster} in ${environment.region}: the stack infra of environment ${environment.name} must be deployed first. Run:\n\n` +
    `  WBOT_ENV=${environment.name} npx cdktf deploy infra\n`
  );
}
