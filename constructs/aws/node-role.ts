import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { attachAwsPolicy, serviceRole } from "../service-role";

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
    const role = serviceRole(this, { name: "node", service: "ec2.amazonaws.com", source: "any" });
    this.arn = role.arn;
    const policies = stack.environment.nodes.ssm ? [...POLICIES, SESSIONS] : POLICIES;
    this.ready = policies.map((name) => attachAwsPolicy(this, name, role, name));
  }
}
