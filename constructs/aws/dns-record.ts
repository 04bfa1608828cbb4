import { Route53Record } from "@cdktf/provider-aws/lib/route53-record";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import type { LoadBalancer } from "./load-balancer";

export interface DnsRecordProps {
  readonly hostedZoneId: string;
  readonly host: string;
  readonly loadBalancer: LoadBalancer;
}

/** Alias record from a host name to the load balancer. */
export class DnsRecord extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: DnsRecordProps) {
    super(stack, id);
    new Route53Record(this, "alias", {
      zoneId: props.hostedZoneId,
      name: props.host,
      type: "A",
      alias: {
        name: props.loadBalancer.hostName,
        zoneId: props.loadBalancer.hostedZoneId,
        evaluateTargetHealth: true,
      },
    });
  }
}
