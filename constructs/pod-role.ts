import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { EksPodIdentityAssociation } from "@cdktf/provider-aws/lib/eks-pod-identity-association";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack";
import { serviceTrust } from "./trust";

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
 * Pods that start before their association exists never get credentials: make their release depend on `ready`.
 */
export class PodRole extends Construct {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, props: PodRoleProps) {
    super(stack, id);
    this.namespace = props.namespace;
    this.serviceAccount = props.serviceAccount;
    const role = new IamRole(this, "role", {
      name: `${stack.names.prefix}-${id}`,
      assumeRolePolicy: serviceTrust(this, "trust", stack, {
        service: "pods.eks.amazonaws.com",
        actions: ["sts:AssumeRole", "sts:TagSession"],
        // Otherwise another cluster of the account could lend this role to its own pods.
        source: stack.arn("eks", `cluster/${stack.names.cluster}`),
      }),
    });
    const policies: ITerraformDependable[] = [];
    if (props.statements) {
      const policy = new DataAwsIamPolicyDocument(this, "policy", { statement: [...props.statements] });
      policies.push(
        new IamRolePolicy(this, "role-policy", { name: id, role: role.name, policy: policy.json }),
      );
    }
    if (props.managedPolicy !== undefined) {
      policies.push(
        new IamRolePolicyAttachment(this, "managed-policy", {
          role: role.name,
          policyArn: `arn:${stack.partition}:iam::aws:policy/${props.managedPolicy}`,
        }),
      );
    }
    const association = new EksPodIdentityAssociation(this, "association", {
      clusterName: props.cluster.name,
      namespace: props.namespace,
      serviceAccount: props.serviceAccount,
      roleArn: role.arn,
    });
    this.ready = [association, ...policies];
  }
}
