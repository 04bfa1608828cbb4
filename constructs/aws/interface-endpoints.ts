import { DataAwsVpc } from "@cdktf/provider-aws/lib/data-aws-vpc";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { vpcRanges } from "../../environments/address-plan";
import type { EnvironmentStack } from "../environment-stack";
import { HTTPS } from "../peers";
import { shortHash } from "../text";
import type { NetworkIds } from "./network";

export interface InterfaceEndpointsProps {
  readonly network: NetworkIds;
}

/**
 * AWS services at addresses in the VPC, under their usual names. They are in the cache subnets, so that network policies that
 * let pods reach them open nothing else; in an existing network without such subnets, they are in the private ones.
 */
export class InterfaceEndpoints extends Construct {
  /** What nodes need before they start, if they have no other route to AWS. */
  readonly ready: readonly ITerraformDependable[];

  constructor(stack: EnvironmentStack, id: string, { network }: InterfaceEndpointsProps) {
    super(stack, id);
    const { environment, names } = stack;
    const name = `${names.prefix}-endpoints`;
    const group = new SecurityGroup(this, "security-group", {
      name,
      description: "Interface endpoints: HTTPS from the VPC, nothing out",
      vpcId: network.vpcId,
      tags: { Name: name },
      lifecycle: { ignoreChanges: ["description"] },
    });
    // The whole VPC: the services' names resolve to these addresses everywhere in it.
    const ranges = vpcRanges(environment.network);
    const admit = (rule: string, range: string) =>
      new VpcSecurityGroupIngressRule(this, rule, {
        securityGroupId: group.id,
        description: "HTTPS from the VPC",
        cidrIpv4: range,
        ipProtocol: "tcp",
        fromPort: HTTPS,
        toPort: HTTPS,
      });
    const admitted = ranges.map((range, index) =>
      admit(`https-from-${index === 0 ? "vpc" : shortHash(range)}`, range),
    );
    if (environment.network.existing !== undefined) {
      // Ranges that the settings don't have: others in the VPC would lose these services.
      const vpc = new DataAwsVpc(this, "vpc", { id: network.vpcId });
      const others = admit("https-from-others", "${each.value}");
      others.addOverride(
        "for_each",
        `\${toset([for each in ${vpc.fqn}.cidr_block_associations : each.cidr_block if each.state == "associated" && !contains(${JSON.stringify(ranges)}, each.cidr_block)])}`,
      );
      admitted.push(others);
    }
    const endpoints = environment.network.endpoints.map(
      (service) =>
        new VpcEndpoint(this, service.replaceAll(".", "-"), {
          vpcId: network.vpcId,
          serviceName: `com.amazonaws.${environment.region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...network.cacheSubnetIds],
          securityGroupIds: [group.id],
          tags: { Name: `${names.prefix}-${service}` },
        }),
    );
    this.ready = [...admitted, ...endpoints];
  }
}
