import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import type { Construct } from "constructs";

/** Trust policy, as JSON, that lets one AWS service assume a role. */
export function serviceTrust(
  scope: Construct,
  id: string,
  service: string,
  actions: readonly string[] = ["sts:AssumeRole"],
): string {
  return new DataAwsIamPolicyDocument(scope, id, {
    statement: [{ principals: [{ type: "Service", identifiers: [service] }], actions: [...actions] }],
  }).json;
}
