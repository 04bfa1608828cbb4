import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../../environments";
import { HTTPS } from "../peers";
import { shortHash } from "../text";

/**
 * Admits the sources in the settings to the Kubernetes API's private addresses: by default, EKS's security group admits only
 * its members. Inside the VPC, the API's name resolves to the private addresses even if the API is public as well.
 *
 * @param securityGroupId The group that EKS creates for the API's network interfaces and the nodes
 * @see https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
 */
export function privateAccess(
  scope: Construct,
  { access: { privateCidrs, securityGroups } }: Environment,
  securityGroupId: string,
): ITerraformDependable[] {
  const rule = (from: string, source: { cidrIpv4: string } | { referencedSecurityGroupId: string }) =>
    new VpcSecurityGroupIngressRule(scope, `api-from-${shortHash(from)}`, {
      securityGroupId,
      description: `Kubernetes API from ${from}`,
      ipProtocol: "tcp",
      fromPort: HTTPS,
      toPort: HTTPS,
      ...source,
    });
  return [
    ...privateCidrs.map((range) => rule(range, { cidrIpv4: range })),
    ...securityGroups.map((group) => rule(group, { referencedSecurityGroupId: group })),
  ];
}
