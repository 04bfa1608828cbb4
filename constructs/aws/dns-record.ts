import { Route53Record } from "@cdktf/provider-aws/lib/route53-record";
import { Construct } from "constructs";
import { recordId } from "../../environments/hosts";
import type { EnvironmentStack } from "../environment-stack";
import type { LoadBalancer } from "./load-balancer";

const ALIAS = "alias";

export interface DnsRecordProps {
  readonly hostedZoneId: string;
  readonly host: string;
  readonly loadBalancer: LoadBalancer;
}

/** Alias record from a host name to the load balancer. */
export class DnsRecord extends Construct {
  constructor(stack: EnvironmentStack, props: DnsRecordProps) {
    super(stack, recordId(props.host));
    new Route53Record(this, ALIAS, {
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

/** Forgets the records of earlier deploys: a host that users are on must not lose its record when it becomes another's. */
export function forgetDnsRecords(stack: EnvironmentStack, hosts: readonly string[]): void {
  for (const host of hosts)
    stack.forgetParts(stack, recordId(host), { [ALIAS]: Route53Record.tfResourceType });
}
