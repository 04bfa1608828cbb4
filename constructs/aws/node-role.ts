import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { serviceTrust } from "../trust";

/** What the kubelet needs to join the cluster and pull images. The VPC CNI has its own Pod Identity role. */
const POLICIES = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"];
/** What Bottlerocket's control container needs to open sessions. */
const SESSIONS = "AmazonSSMManagedInstanceCore";

/** IAM role of every node. */
export class NodeRole extends Construct {
  readonly arn: string;
  /** Its policies: nodes must start after them and be gone before them. */
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const role = new IamRole(this, "role", {
      name: `${stack.names.prefix}-node`,
      assumeRolePolicy: serviceTrust(this, "trust", { service: "ec2.amazonaws.com", source: "any" }),
    });
    this.arn = role.arn;
    const policies = stack.environment.nodes.ssm ? [...POLICIES, SESSIONS] : POLICIES;
    this.ready = policies.map(
      (name) =>
        new IamRolePolicyAttachment(this, name, {
          role: role.name,
          policyArn: `arn:${stack.partition}:iam::aws:policy/${name}`,
        }),
    );
  }
}
