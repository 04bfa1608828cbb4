import { DataAwsEksClusters } from "@cdktf/provider-aws/lib/data-aws-eks-clusters";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";

/** That `infra` is deployed, seen by its cluster; a plan without it ends with what to do. */
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

/** What to tell whose infra is not there yet; indented, so that Terraform leaves the command in one piece. */
export function missingCluster(environment: Environment): string {
  return (
    `There is no EKS cluster ${namesOf(environment).cluster} in ${environment.region}: the stack infra of environment ${environment.name} must be deployed first. Run:\n\n` +
    `  WBOT_ENV=${environment.name} npx cdktf deploy infra\n`
  );
}
