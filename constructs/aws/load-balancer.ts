import { AutoscalingAttachment } from "@cdktf/provider-aws/lib/autoscaling-attachment";
import { Lb } from "@cdktf/provider-aws/lib/lb";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import { NODE_PORTS } from "../node-ports";
import { HEALTH_CHECK, streamTimes } from "../../environments/stream-times";
import type { Network } from "./network";
import type { NodeGroup } from "./node-group";

/** What the load balancer listens on. A target group's name prefix has at most 6 characters. */
const LISTENERS = [
  { id: "http", port: 80, nodePort: NODE_PORTS.http, namePrefix: "wbhttp" },
  { id: "https", port: 443, nodePort: NODE_PORTS.https, namePrefix: "wbtls-" },
] as const;

export interface LoadBalancerProps {
  readonly network: Network;
  readonly nodeSecurityGroupId: string;
  readonly nodeGroups: readonly NodeGroup[];
}

/**
 * The network load balancer in front of Traefik's node ports. Terraform, not a controller in the cluster, owns all of
 * it, so that destroy leaves nothing behind.
 */
export class LoadBalancer extends Construct {
  readonly hostName: string;
  /** Hosted zone of `hostName`, for alias records. */
  readonly hostedZoneId: string;

  private readonly stack: EnvironmentStack;
  private readonly resource: Lb;

  constructor(stack: EnvironmentStack, id: string, props: LoadBalancerProps) {
    super(stack, id);
    this.stack = stack;
    const { prefix } = stack.names;
    const { protection } = stack.environment;
    const securityGroup = new SecurityGroup(this, "security-group", {
      name: `${prefix}-load-balancer`,
      description: "Load balancer: HTTP and HTTPS in, node ports out",
      vpcId: props.network.vpcId,
      tags: { Name: `${prefix}-load-balancer` },
    });
    this.openPorts(securityGroup, props.nodeSecurityGroupId);

    this.resource = new Lb(this, "nlb", {
      name: prefix,
      loadBalancerType: "network",
      internal: false,
      subnets: [...props.network.publicSubnetIds],
      // A load balancer created without security groups can't be given any later.
      securityGroups: [securityGroup.id],
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: protection,
      lifecycle: { preventDestroy: protection },
    });
    for (const listener of LISTENERS) this.listen(listener, props);
    this.hostName = this.resource.dnsName;
    this.hostedZoneId = this.resource.zoneId;
  }

  private openPorts(securityGroup: SecurityGroup, nodeSecurityGroupId: string): void {
    for (const { id, port } of LISTENERS) {
      new VpcSecurityGroupIngressRule(this, `${id}-in`, {
        securityGroupId: securityGroup.id,
        description: `${id.toUpperCase()} from anywhere`,
        cidrIpv4: "0.0.0.0/0",
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
      });
    }
    for (const [name, port] of Object.entries(NODE_PORTS)) {
      const rule = {
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description: `Traefik's ${name} node port`,
      };
      new VpcSecurityGroupEgressRule(this, `${name}-to-nodes`, {
        ...rule,
        securityGroupId: securityGroup.id,
        referencedSecurityGroupId: nodeSecurityGroupId,
      });
      new VpcSecurityGroupIngressRule(this, `${name}-from-load-balancer`, {
        ...rule,
        securityGroupId: nodeSecurityGroupId,
        referencedSecurityGroupId: securityGroup.id,
      });
    }
  }

  private listen(listener: (typeof LISTENERS)[number], props: LoadBalancerProps): void {
    const times = streamTimes(this.stack.environment).loadBalancer;
    const targetGroup = new LbTargetGroup(this, `${listener.id}-targets`, {
      namePrefix: listener.namePrefix,
      vpcId: props.network.vpcId,
      targetType: "instance",
      protocol: "TCP",
      port: listener.nodePort,
      // Traefik rate-limits by client address, so it must see the real one.
      preserveClientIp: "true",
      deregistrationDelay: String(times.deregistrationDelay),
      connectionTermination: false,
      // By default an unhealthy target's connections are cut: every stream of a node, whenever its Traefik drains.
      targetHealthState: [
        { enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: times.unhealthyDraining },
      ],
      healthCheck: {
        protocol: "HTTP",
        path: "/ping",
        port: String(NODE_PORTS.ping),
        matcher: "200",
        interval: HEALTH_CHECK.intervalSeconds,
        timeout: 5,
        healthyThreshold: 2,
        unhealthyThreshold: HEALTH_CHECK.failures,
      },
      lifecycle: { createBeforeDestroy: true },
    });
    new LbListener(this, listener.id, {
      loadBalancerArn: this.resource.arn,
      protocol: "TCP",
      port: listener.port,
      tcpIdleTimeoutSeconds: times.tcpIdle,
      defaultAction: [{ type: "forward", targetGroupArn: targetGroup.arn }],
    });
    for (const nodeGroup of props.nodeGroups) {
      new AutoscalingAttachment(this, `${listener.id}-${nodeGroup.node.id}`, {
        autoscalingGroupName: nodeGroup.autoScalingGroup,
        lbTargetGroupArn: targetGroup.arn,
        lifecycle: { createBeforeDestroy: true },
      });
    }
  }
}
