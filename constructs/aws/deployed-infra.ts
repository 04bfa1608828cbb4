import { DataAwsEksClusters } from "@cdktf/provider-aws/lib/data-aws-eks-clusters";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { missingCluster } from "../../environments/hints";
import type { EnvironmentStack } from "../environment-stack";

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
