import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import type { Construct } from "constructs";
import { EnvironmentStack } from "./environment-stack";

export interface ServiceRoleProps {
  /** Comes after the environment's prefix. */
  readonly name: string;
  /** Such as "eks.amazonaws.com". */
  readonly service: string;
  /** @default - sts:AssumeRole */
  readonly actions?: readonly string[];
  /**
   * On whose behalf the service may assume the role: "account" for anything in this account, an ARN or ARN pattern for
   * that alone, or "any" for EC2, which names neither account nor resource when it gives an instance its role.
   */
  readonly source: string;
  /** What its ids begin with, such as "flow-log-". @default - nothing: the scope has no other role */
  readonly part?: string;
}

/**
 * An IAM role that one AWS service may assume.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function serviceRole(scope: Construct, props: ServiceRoleProps): IamRole {
  const { name, service, actions = ["sts:AssumeRole"], source, part = "" } = props;
  const { account, names } = EnvironmentStack.of(scope);
  const inAccount = { test: "StringEquals", variable: "aws:SourceAccount", values: [account] };
  const onlyFor = { test: "ArnLike", variable: "aws:SourceArn", values: [source] };
  const trust = new DataAwsIamPolicyDocument(scope, `${part}trust`, {
    statement: [
      {
        principals: [{ type: "Service", identifiers: [service] }],
        actions: [...actions],
        ...(source === "any" ? {} : { condition: source === "account" ? [inAccount] : [inAccount, onlyFor] }),
      },
    ],
  });
  return new IamRole(scope, `${part}role`, {
    name: `${names.prefix}-${name}`,
    assumeRolePolicy: trust.json,
  });
}

/** Attaches a policy that AWS maintains, by its name. */
export function attachAwsPolicy(
  scope: Construct,
  id: string,
  role: IamRole,
  name: string,
): IamRolePolicyAttachment {
  const { partition } = EnvironmentStack.of(scope);
  return new IamRolePolicyAttachment(scope, id, {
    role: role.name,
    policyArn: `arn:${partition}:iam::aws:policy/${name}`,
  });
}
