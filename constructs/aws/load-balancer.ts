import { DataAwsEc2ManagedPrefixList } from "@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list";
import { Lb } from "@cdktf/provider-aws/lib/lb";
import { LbListener } from "@cdktf/provider-aws/lib/lb-listener";
import { LbTargetGroup } from "@cdktf/provider-aws/lib/lb-target-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import { CLOUDFRONT, CLOUDFRONT_PREFIX_LIST, rangesOf } from "../../environments/edge-ranges";
import { HEALTH_CHECK, streamTimes } from "../../environments/stream-times";
import { TRAEFIK_PORTS } from "../edge";
import type { EnvironmentStack } from "../environment-stack";
import type { NetworkIds } from "./network";
import { sourceId } from "./source-id";

/** Listeners, each with the Traefik entry point it forwards to. A target group's name prefix has at most 6 characters. */
const LISTENERS = [
  { id: "http", port: 80, entryPoint: "web", namePrefix: "wbhttp" },
  { id: "https", port: 443, entryPoint: "websecure", namePrefix: "wbtls-" },
] as const;

type EntryPoint = (typeof LISTENERS)[number]["entryPoint"];

export interface LoadBalancerProps {
  readonly network: NetworkIds;
  /** Security group of the nodes, and so of their pods. */
  readonly nodeSecurityGroupId: string;
}

/**
 * The network load balancer in front of Traefik's pods. Terraform owns all of it, so that destroy leaves nothing behind;
 * a controller in the cluster only registers the pods in its target groups.
 */
export class LoadBalancer extends Construct {
  readonly hostName: string;
  /** Hosted zone of `hostName`, for alias records. */
  readonly hostedZoneId: string;
  readonly targetGroups: Readonly<Record<EntryPoint, LbTargetGroup>>;

  private readonly stack: EnvironmentStack;
  private readonly resource: Lb;

  constructor(stack: EnvironmentStack, id: string, props: LoadBalancerProps) {
    super(stack, id);
    this.stack = stack;
    const { prefix } = stack.names;
    const { protection, loadBalancer } = stack.environment;
    const securityGroup = new SecurityGroup(this, "security-group", {
      name: `${prefix}-load-balancer`,
      description: "Load balancer: HTTP and HTTPS in, Traefik pods out",
      vpcId: props.network.vpcId,
      tags: { Name: `${prefix}-load-balancer` },
      // AWS can't change a description: Terraform would replace the group, which is in use.
      lifecycle: { ignoreChanges: ["description"] },
    });
    this.openPorts(securityGroup, props.nodeSecurityGroupId);

    this.resource = new Lb(this, "nlb", {
      name: prefix,
      loadBalancerType: "network",
      internal: loadBalancer.internal,
      subnets: [...props.network.loadBalancerSubnetIds],
      // A load balancer created without security groups can't be given any later.
      securityGroups: [securityGroup.id],
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: protection,
      lifecycle: { preventDestroy: protection },
      // AWS refuses one that faces the internet before its VPC has a gateway.
      dependsOn: [...props.network.egress],
    });
    const [http, https] = LISTENERS;
    this.targetGroups = {
      web: this.listen(http, props.network.vpcId),
      websecure: this.listen(https, props.network.vpcId),
    };
    this.hostName = this.resource.dnsName;
    this.hostedZoneId = this.resource.zoneId;
  }

  private openPorts(securityGroup: SecurityGroup, nodeSecurityGroupId: string): void {
    for (const listener of LISTENERS) this.admit(listener, securityGroup);
    for (const [name, port] of Object.entries(TRAEFIK_PORTS)) {
      const rule = {
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
        description: `Traefik ${name} port`,
      };
      new VpcSecurityGroupEgressRule(this, `${name}-to-pods`, {
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

  /** Admits the sources in the settings; if there are none, anyone. */
  private admit({ id, port }: (typeof LISTENERS)[number], { id: securityGroupId }: SecurityGroup): void {
    const { allowedCidrs, allowedPrefixLists } = this.stack.environment.loadBalancer;
    const rule = (name: string, from: string, source: { cidrIpv4: string } | { prefixListId: string }) =>
      new VpcSecurityGroupIngressRule(this, name, {
        securityGroupId,
        description: `${id.toUpperCase()} from ${from}`,
        ...source,
        ipProtocol: "tcp",
        fromPort: port,
        toPort: port,
      });
    if (allowedCidrs.length + allowedPrefixLists.length === 0) {
      rule(`${id}-in`, "anywhere", { cidrIpv4: "0.0.0.0/0" });
      return;
    }
    const named = (from: string) => `${id}-from-${sourceId(from)}`;
    for (const range of rangesOf(allowedCidrs)) rule(named(range), range, { cidrIpv4: range });
    // A prefix list counts as many rules as its maximum size: CloudFront's fits only once in the group's quota.
    if (id !== "https") return;
    for (const list of allowedPrefixLists) rule(named(list), list, { prefixListId: this.prefixList(list) });
  }

  private prefixList(list: string): string {
    if (list !== CLOUDFRONT) return list;
    return new DataAwsEc2ManagedPrefixList(this, "cloudfront", { name: CLOUDFRONT_PREFIX_LIST }).id;
  }

  private listen(listener: (typeof LISTENERS)[number], vpcId: string): LbTargetGroup {
    const times = streamTimes(this.stack.environment).loadBalancer;
    const targetGroup = new LbTargetGroup(this, `${listener.id}-targets`, {
      namePrefix: listener.namePrefix,
      vpcId,
      targetType: "ip",
      protocol: "TCP",
      port: TRAEFIK_PORTS[listener.entryPoint],
      // Traefik rate-limits by client address, so it must see the real one.
      preserveClientIp: "true",
      deregistrationDelay: String(times.deregistrationDelay),
      connectionTermination: false,
      // By default an unhealthy target's connections are terminated: a draining pod would lose all its streams.
      targetHealthState: [
        { enableUnhealthyConnectionTermination: false, unhealthyDrainingInterval: times.unhealthyDraining },
      ],
      // Not on the traffic port: from SIGTERM on, /ping returns 503 while the entry points still accept connections. So the
      // load balancer notices a drain even while nothing deregisters pods. A lost node answers on neither port.
      healthCheck: {
        protocol: "HTTP",
        path: "/ping",
        port: String(TRAEFIK_PORTS.ping),
        matcher: "200",
        interval: HEALTH_CHECK.intervalSeconds,
        timeout: HEALTH_CHECK.timeoutSeconds,
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
    return targetGroup;
  }
}
