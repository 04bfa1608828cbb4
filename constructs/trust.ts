import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Construct } from "constructs";
import { EnvironmentStack } from "./environment-stack";

export interface ServiceTrustProps {
  /** Such as "eks.amazonaws.com". */
  readonly service: string;
  /** @default - sts:AssumeRole */
  readonly actions?: readonly string[];
  /**
   * On whose behalf the service may assume the role: "account" for anything in this account, an ARN or ARN pattern for
   * that alone, or "any" for EC2, which names neither account nor resource when it gives an instance its role.
   */
  readonly source: string;
}

/**
 * Trust policy, as JSON, that lets one AWS service assume a role.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function serviceTrust(
  scope: Construct,
  id: string,
  { service, actions = ["sts:AssumeRole"], source }: ServiceTrustProps,
): string {
  const account = {
    test: "StringEquals",
    variable: "aws:SourceAccount",
    values: [EnvironmentStack.of(scope).account],
  };
  const resource = { test: "ArnLike", variable: "aws:SourceArn", values: [source] };
  const conditions = { any: [], account: [account] }[source] ?? [account, resource];
  return new DataAwsIamPolicyDocument(scope, id, {
    statement: [
      {
        principals: [{ type: "Service", identifiers: [service] }],
        actions: [...actions],
        ...(conditions.length > 0 ? { condition: conditions } : {}),
      },
    ],
  }).json;
}
