import { DataAwsEksCluster } from "@cdktf/provider-aws/lib/data-aws-eks-cluster";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";

export interface DeployedClusterProps {
  /** Checks that must pass before the cluster is looked up. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The cluster that `infra` created, looked up by name. */
export class DeployedCluster extends Construct {
  readonly name: string;
  readonly endpoint: string;
  /** Base64 of the cluster's certificate authority. */
  readonly certificateAuthority: string;

  constructor(stack: EnvironmentStack, id: string, { dependsOn }: DeployedClusterProps) {
    super(stack, id);
    this.name = stack.names.cluster;
    const cluster = new DataAwsEksCluster(this, "cluster", { name: this.name, dependsOn: [...dependsOn] });
    this.endpoint = cluster.endpoint;
    this.certificateAuthority = cluster.certificateAuthority.get(0).data;
  }
}
