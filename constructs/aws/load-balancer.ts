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
import { shortHash } from "../text";
import type { NetworkIds } from "./network";

/** Listeners, each with the Traefik entry point it forwards to. A target group's name prefix has at most 6 characters. */
const LISTENERS = [
  { id: "http", port: 80, entryPoint: "web", namePrefix: "wbhttp" },
  { id: "https", port: 443, entryPoint: "websecure", namePrefix: "wbtls-" },
] as const;

type Listener = (typeof LISTENERS)[number];

export interface LoadBalancerProps {
  readonly network: NetworkIds;
  /** The cluster's, of the nodes and so of their pods. */
  readonly clusterSecurityGroupId: string;
}

/**
 * The network load balancer in front of Traefik's pods. Terraform owns all of it, so that destroy leaves nothing behind;
 * a controller in the cluster only registers the pods in its target groups.
 */
export class LoadBalancer extends Construct {
  readonly hostName: string;
  /** Hosted zone of `hostName`, for alias records. */
  readonly hostedZoneId: string;
  readonly targetGroups: Readonly<Record<Listener["entryPoint"], LbTargetGroup>>;

  private readonly stack: EnvironmentStack;
  private readonly resource: Lb;

  constructor(stack: EnvironmentStack, id: string, props: LoadBalancerProps) {
    super(stack, id);
    this.stack = stack;
    const { prefix } = stack.names;
    const { protection, loadBalancer } = stack.environment;
    const securityGroup = new SecurityGroup(this, "security-group", {
      name: `${prefix}-load-balancer`,
      description: "Load balancer: Traefik pods out",
      vpcId: props.network.vpcId,
      tags: { Name: `${prefix}-load-balancer` },
      // AWS can't change a description: Terraform would replace the group, which is in use.
      lifecycle: { ignoreChanges: ["description"] },
    });
    this.reachPods(securityGroup, props.clusterSecurityGroupId);
    const clients = this.admitClients(props.network.vpcId);

    this.resource = new Lb(this, "nlb", {
      name: prefix,
      loadBalancerType: "network",
      internal: loadBalancer.internal,
      subnets: [...props.network.loadBalancerSubnetIds],
      // A load balancer created without security groups can't be given any later.
      securityGroups: [securityGroup.id, clients.group.id],
      enableCrossZoneLoadBalancing: true,
      enableDeletionProtection: protection,
      // Set by whoever shifts away from a degraded zone: a deploy meanwhile must not switch it off.
      lifecycle: { preventDestroy: protection, ignoreChanges: ["enable_zonal_shift"] },
      // AWS refuses one that faces the internet before its VPC has a gateway. A new security group is attached once it has all its rules.
      dependsOn: [...props.network.egress, ...clients.rules],
    });
    const [http, https] = LISTENERS;
    this.targetGroups = {
      web: this.listen(http, props.network.vpcId),
      websecure: this.listen(https, props.network.vpcId),
    };
    this.hostName = this.resource.dnsName;
    this.hostedZoneId = this.resource.zoneId;
  }

  private reachPods(securityGroup: SecurityGroup, clusterSecurityGroupId: string): void {
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
        referencedSecurityGroupId: clusterSecurityGroupId,
      });
      new VpcSecurityGroupIngressRule(this, `${name}-from-load-balancer`, {
        ...rule,
        securityGroupId: clusterSecurityGroupId,
        referencedSecurityGroupId: securityGroup.id,
      });
    }
  }

  /**
   * Admits the sources of the settings by a group of their own, which is replaced whenever they change: in one that stays,
   * Terraform would create and delete rules in any order, so there could be too many at a time, and no source at all be
   * admitted if the creation of one failed. This way the load balancer has the former group until the new one is whole.
   */
  private admitClients(vpcId: string) {
    const { prefix } = this.stack.names;
    const sources = LISTENERS.flatMap((listener) => this.sources(listener));
    const ids = sources.map(({ id }) => id);
    const version = shortHash(ids.sort().join());
    const group = new SecurityGroup(this, "clients", {
      // Both exist for a while.
      namePrefix: `${prefix}-clients-`,
      // AWS can't change it, so that Terraform replaces the group.
      description: `Load balancer: HTTP and HTTPS in, rules ${version}`,
      vpcId,
      tags: { Name: `${prefix}-clients` },
      lifecycle: { createBeforeDestroy: true },
    });
    const rules = sources.map(
      ({ id, ...source }) =>
        new VpcSecurityGroupIngressRule(this, id, {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          ...source,
          lifecycle: { createBeforeDestroy: true },
        }),
    );
    return { group, rules };
  }

  /** Rules that open a listener's port to the sources of the settings; if there are none, to anyone. */
  private sources({ id: listener, port }: Listener) {
    const { allowedCidrs, allowedPrefixLists } = this.stack.environment.loadBalancer;
    const rule = (from: string, source: { cidrIpv4: string } | { prefixListId: string }) => ({
      id: `${listener}-from-${shortHash(from)}`,
      description: `${listener.toUpperCase()} from ${from}`,
      fromPort: port,
      toPort: port,
      ...source,
    });
    if (allowedCidrs.length + allowedPrefixLists.length === 0)
      return [{ ...rule("anywhere", { cidrIpv4: "0.0.0.0/0" }), id: `${listener}-in` }];
    return [
      ...rangesOf(allowedCidrs).map((cidrIpv4) => rule(cidrIpv4, { cidrIpv4 })),
      // A prefix list counts as many rules as its maximum size: CloudFront's fits only once in the group's quota.
      ...(listener === "https" ? allowedPrefixLists : []).map((list) =>
        rule(list, { prefixListId: this.prefixList(list) }),
      ),
    ];
  }

  private prefixList(list: string): string {
    if (list !== CLOUDFRONT) return list;
    return new DataAwsEc2ManagedPrefixList(this, "cloudfront", { name: CLOUDFRONT_PREFIX_LIST }).id;
  }

  private listen(listener: Listener, vpcId: string): LbTargetGroup {
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
