import { hostsWithZone } from "../../../environments/hosts";
import { ENDPOINT_NAMES } from "./ci-boundary";
import { actionsOf, allow, policyOf, type Policy, type CiTarget } from "./policy";
import { hostedZones, onlyRecords, ours, recordChanges } from "./resources";

/** VPC, node templates and DNS: created freely in the region; changed and deleted only if tagged as this environment's. */
export function networkPolicy(target: CiTarget): Policy {
  const { arn, environment, partition } = target;
  const zones = hostedZones(target);
  const region = { StringEquals: { "aws:RequestedRegion": environment.region } };
  return policyOf(
    allow(
      "Make",
      actionsOf(
        "ec2",
        "AllocateAddress",
        "CreateFlowLogs",
        "CreateInternetGateway",
        "CreateLaunchTemplate",
        "CreateNatGateway",
        "CreateRouteTable",
        "CreateSecurityGroup",
        "CreateSubnet",
        "CreateVpc",
        "CreateVpcEndpoint",
        // For a NAT gateway's address: its network interface has no tags.
        "DisassociateAddress",
      ),
      ["*"],
      region,
    ),
    allow("NameEndpoints", [ENDPOINT_NAMES], environment.network.endpoints.length === 0 ? [] : ["*"]),
    // Called with the caller's permissions by load balancers, and while waiting for a security group's interfaces to go.
    allow(
      "Look",
      actionsOf("ec2", "DescribeAccountAttributes", "DescribeNetworkInterfaces", "GetSecurityGroupsForVpc"),
      ["*"],
    ),
    // EKS creates the cluster's group, and EC2 a VPC's default one: neither has our tags.
    allow(
      "SecurityGroupRules",
      actionsOf(
        "ec2",
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateTags",
        "ModifySecurityGroupRules",
        "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
        "UpdateSecurityGroupRuleDescriptionsIngress",
      ),
      [arn("ec2", "security-group/*"), arn("ec2", "security-group-rule/*")],
    ),
    allow(
      "ChangeOurs",
      actionsOf(
        "ec2",
        "AssociateRouteTable",
        "AttachInternetGateway",
        "CreateLaunchTemplateVersion",
        "CreateRoute",
        "CreateTags",
        "DeleteFlowLogs",
        "DeleteInternetGateway",
        "DeleteLaunchTemplate",
        "DeleteLaunchTemplateVersions",
        "DeleteNatGateway",
        "DeleteRoute",
        "DeleteRouteTable",
        "DeleteSecurityGroup",
        "DeleteSubnet",
        "DeleteTags",
        "DeleteVpc",
        "DeleteVpcEndpoints",
        "DetachInternetGateway",
        "DisassociateRouteTable",
        "ModifyLaunchTemplate",
        "ModifySubnetAttribute",
        "ModifyVpcAttribute",
        "ModifyVpcEndpoint",
        "ReleaseAddress",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
      ),
      ["*"],
      ours(target),
    ),
    // What an endpoint or a rule of ours refers to may be somebody else's: an existing network's subnets, AWS's prefix lists.
    allow(
      "ReferToOthers",
      actionsOf("ec2", "ModifySecurityGroupRules", "ModifyVpcEndpoint"),
      ["prefix-list", "subnet"].map((type) => `arn:${partition}:ec2:${environment.region}:*:${type}/*`),
    ),
    // Tags set at creation; never later, on somebody else's resource.
    allow("TagWhatIsMade", actionsOf("ec2", "CreateTags"), [arn("ec2", "*/*")], {
      Null: { "ec2:CreateAction": "false" },
    }),
    // EKS checks that the caller who creates a node group may launch instances from its template.
    allow("StartByTemplate", actionsOf("ec2", "RunInstances"), ["*"], {
      ArnLike: { "ec2:LaunchTemplate": arn("ec2", "launch-template/*") },
    }),
    allow(
      "Records",
      actionsOf("route53", "ChangeResourceRecordSets"),
      zones,
      onlyRecords(
        "A",
        hostsWithZone(environment).map(({ host }) => host),
      ),
    ),
    allow("RecordsInSync", actionsOf("route53", "GetChange"), recordChanges(target)),
  );
}
