import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { Eip } from "@cdktf/provider-aws/lib/eip";
import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { Moved } from "../moved";
import { addressPlan, zoneLetter } from "../../environments/address-plan";
import { serviceRole } from "../service-role";

const ANYWHERE = "0.0.0.0/0";

export interface NetworkProps {
  /** KMS key of the flow logs. */
  readonly logKeyArn: string;
}

/** What the rest of an environment needs from its network, whoever owns it. */
export interface NetworkIds {
  readonly vpcId: string;
  /** Where nodes live: the private subnets, or the public ones if there is no NAT. */
  readonly nodeSubnetIds: readonly string[];
  /** Where the load balancer gets its addresses: the public subnets, or the private ones if it is internal. */
  readonly loadBalancerSubnetIds: readonly string[];
  /** Where ElastiCache and interface endpoints get theirs. */
  readonly cacheSubnetIds: readonly string[];
  /** What nodes need to reach AWS: it must exist before anything that uses the internet starts, and outlive it. */
  readonly egress: readonly ITerraformDependable[];
}

/** A zone's subnet of one kind. */
interface ZoneSubnet {
  readonly letter: string;
  readonly subnet: Subnet;
  readonly association: RouteTableAssociation;
}

/** VPC with public, private and cache subnets in each zone, NAT gateways as configured, and flow logs. */
export class Network extends Construct {
  readonly ids: NetworkIds;

  private readonly stack: EnvironmentStack;
  private readonly vpcId: string;

  constructor(stack: EnvironmentStack, id: string, props: NetworkProps) {
    super(stack, id);
    this.stack = stack;
    const { zones, network, loadBalancer } = stack.environment;
    const { prefix, cluster } = stack.names;
    const plan = addressPlan(network.cidr, zones);
    const nodesArePublic = network.nat === "none";

    const vpc = new Vpc(this, "vpc", {
      cidrBlock: network.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: prefix },
    });
    this.vpcId = vpc.id;
    // A VPC's default security group admits its members and all egress: without rules, nothing can use it by mistake.
    new DefaultSecurityGroup(this, "default-security-group", {
      vpcId: this.vpcId,
      tags: { Name: `${prefix}-default-unused` },
    });

    const gateway = new InternetGateway(this, "internet", { vpcId: this.vpcId, tags: { Name: prefix } });
    const publicRoutes = this.routeTable("public");
    const toInternet = new Route(this, "public-internet", {
      routeTableId: publicRoutes.id,
      destinationCidrBlock: ANYWHERE,
      gatewayId: gateway.id,
    });
    const publicSubnets = this.subnets("public", plan.public, () => [publicRoutes, toInternet], {
      mapPublicIpOnLaunch: nodesArePublic,
      tags: { "kubernetes.io/role/elb": "1", [`kubernetes.io/cluster/${cluster}`]: "shared" },
    });

    const gateways = this.natGateways(publicSubnets, toInternet);
    const privateTables = gateways.map(({ letter, nat }, index) => {
      const name = gateways.length > 1 ? `private-${letter}` : "private";
      const table = this.routeTable(name);
      const route = new Route(this, `${name}-nat-route`, {
        routeTableId: table.id,
        destinationCidrBlock: ANYWHERE,
        natGatewayId: nat.id,
      });
      new Moved(this, `nat-route-${index}`, route);
      return { table, route };
    });
    const closedTable = this.routeTable("cache");
    const privateRoutes = (zone: number) => {
      const { table = closedTable, route } = privateTables[zone] ?? privateTables[0] ?? {};
      return [table, route] as const;
    };
    const privateSubnets = this.subnets("private", plan.private, privateRoutes, {
      tags: { "kubernetes.io/role/internal-elb": "1", [`kubernetes.io/cluster/${cluster}`]: "shared" },
    });
    const cacheSubnets = this.subnets("cache", plan.cache, () => [closedTable], {});

    new VpcEndpoint(this, "s3", {
      vpcId: this.vpcId,
      serviceName: `com.amazonaws.${stack.environment.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: [publicRoutes, ...privateTables.map(({ table }) => table)].map((table) => table.id),
      tags: { Name: `${prefix}-s3` },
    });
    this.flowLogs(props.logKeyArn);

    const idsOf = (subnets: readonly ZoneSubnet[]) => subnets.map(({ subnet }) => subnet.id);
    this.ids = {
      vpcId: this.vpcId,
      nodeSubnetIds: idsOf(nodesArePublic ? publicSubnets : privateSubnets),
      loadBalancerSubnetIds: idsOf(loadBalancer.internal ? privateSubnets : publicSubnets),
      cacheSubnetIds: idsOf(cacheSubnets),
      egress: [
        toInternet,
        ...privateTables.map(({ route }) => route),
        ...[...publicSubnets, ...(nodesArePublic ? [] : privateSubnets)].map(
          ({ association }) => association,
        ),
      ],
    };
  }

  private routeTable(name: string): RouteTable {
    return new RouteTable(this, `${name}-routes`, {
      vpcId: this.vpcId,
      tags: { Name: `${this.stack.names.prefix}-${name}` },
    });
  }

  private subnets(
    tier: string,
    ranges: readonly string[],
    routes: (zone: number) => readonly [RouteTable, (Route | undefined)?],
    props: { mapPublicIpOnLaunch?: boolean; tags?: Record<string, string> },
  ): ZoneSubnet[] {
    return ranges.map((cidrBlock, index) => {
      const zone = this.stack.environment.zones[index];
      if (zone === undefined) throw new Error(`the environment has no zone ${index}`);
      const letter = zoneLetter(zone);
      const subnet = new Subnet(this, `${tier}-${letter}`, {
        vpcId: this.vpcId,
        cidrBlock,
        availabilityZone: zone,
        mapPublicIpOnLaunch: props.mapPublicIpOnLaunch ?? false,
        tags: { Name: `${this.stack.names.prefix}-${tier}-${letter}`, ...props.tags },
      });
      const [table, route] = routes(index);
      const association = new RouteTableAssociation(this, `${tier}-${letter}-association`, {
        subnetId: subnet.id,
        routeTableId: table.id,
        // A NAT gateway takes minutes: a subnet that moves to its table earlier has no way out until then.
        ...(route && { dependsOn: [route] }),
      });
      return { letter, subnet, association };
    });
  }

  private natGateways(publicSubnets: readonly ZoneSubnet[], toInternet: Route) {
    const { zones, network } = this.stack.environment;
    const count = { none: 0, single: 1, "per-zone": zones.length }[network.nat];
    return publicSubnets.slice(0, count).map(({ letter, subnet }) => {
      const tags = { Name: `${this.stack.names.prefix}-nat-${letter}` };
      const address = new Eip(this, `nat-${letter}-address`, {
        domain: "vpc",
        tags,
        dependsOn: [toInternet],
      });
      const nat = new NatGateway(this, `nat-${letter}`, {
        subnetId: subnet.id,
        allocationId: address.id,
        tags,
      });
      return { letter, nat };
    });
  }

  private flowLogs(kmsKeyId: string): void {
    const { prefix } = this.stack.names;
    const group = new CloudwatchLogGroup(this, "flow-log-group", {
      name: `/aws/vpc/${prefix}/flow-logs`,
      retentionInDays: this.stack.environment.network.flowLogRetentionDays,
      kmsKeyId,
    });
    const role = serviceRole(this, {
      name: "flow-logs",
      service: "vpc-flow-logs.amazonaws.com",
      source: this.stack.arn("ec2", "vpc-flow-log/*"),
      part: "flow-log-",
    });
    const policy = new DataAwsIamPolicyDocument(this, "flow-log-policy", {
      statement: [
        {
          sid: "WriteFlowLogs",
          actions: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
          resources: [`${group.arn}:*`],
        },
      ],
    });
    const rolePolicy = new IamRolePolicy(this, "flow-log-role-policy", {
      name: "write-flow-logs",
      role: role.name,
      policy: policy.json,
    });
    new FlowLog(this, "flow-log", {
      vpcId: this.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 600,
      tags: { Name: prefix },
      dependsOn: [rolePolicy],
    });
  }
}
