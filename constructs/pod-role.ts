import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { EksPodIdentityAssociation } from "@cdktf/provider-aws/lib/eks-pod-identity-association";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { TerraformResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack";
import { attachAwsPolicy, serviceRole } from "./service-role";

export interface PodRoleProps {
  readonly cluster: { readonly name: string };
  readonly namespace: string;
  readonly serviceAccount: string;
  /** What the pods may do, in addition to `managedPolicy`. @default - nothing */
  readonly statements?: readonly DataAwsIamPolicyDocumentStatement[];
  /** Name of an AWS-managed policy, for roles whose list of actions AWS maintains. @default - none */
  readonly managedPolicy?: string;
}

/**
 * An IAM role that the pods of one service account get by EKS Pod Identity.
 *
 * Pods that are admitted before their association takes effect never get credentials. For those of the first nodes `ready`
 * is enough, since nodes take minutes to start; releases wait for `podRolesInEffect`.
 */
export class PodRole extends Construct {
  readonly associationId: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, props: PodRoleProps) {
    super(stack, id);
    const role = serviceRole(this, {
      name: id,
      service: "pods.eks.amazonaws.com",
      actions: ["sts:AssumeRole", "sts:TagSession"],
      // Otherwise another cluster of the account could lend this role to its own pods.
      source: stack.arn("eks", `cluster/${stack.names.cluster}`),
    });
    const policies: ITerraformDependable[] = [];
    if (props.statements) {
      const policy = new DataAwsIamPolicyDocument(this, "policy", { statement: [...props.statements] });
      policies.push(
        new IamRolePolicy(this, "role-policy", { name: id, role: role.name, policy: policy.json }),
      );
    }
    if (props.managedPolicy !== undefined) {
      policies.push(attachAwsPolicy(this, "managed-policy", role, props.managedPolicy));
    }
    const association = new EksPodIdentityAssociation(this, "association", {
      clusterName: props.cluster.name,
      namespace: props.namespace,
      serviceAccount: props.serviceAccount,
      roleArn: role.arn,
    });
    this.associationId = association.associationId;
    this.ready = [association, ...policies];
  }
}

/** "Several seconds" after an association is created, EKS's API says, pods may still be admitted without it. */
const SECONDS = 15;

/**
 * Waits whenever roles get new associations. It waits for all roles at once: on a first deploy while the nodes start. Their
 * updates need no wait, as they don't change what pods are given when they are admitted.
 *
 * Not cdktf's DataResource, which needs Terraform at synth.
 */
export function podRolesInEffect(
  scope: Construct,
  id: string,
  roles: readonly PodRole[],
): ITerraformDependable {
  const wait = new TerraformResource(scope, id, {
    terraformResourceType: "terraform_data",
    // Node is wherever this project runs.
    provisioners: [{ type: "local-exec", command: `node -e "setTimeout(() => {}, ${SECONDS * 1000})"` }],
  });
  wait.addOverride(
    "triggers_replace",
    Object.fromEntries(roles.map((role) => [role.node.id, role.associationId])),
  );
  return wait;
}
