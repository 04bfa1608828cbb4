import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { unlessMissing } from "../cli/aws";
import type { Session } from "../session/session";

/** The environment's load balancer; undefined before `infra`. */
export async function describedLoadBalancer({ client, names }: Session): Promise<LoadBalancer | undefined> {
  const answer = await unlessMissing(
    client(ElasticLoadBalancingV2Client).send(new DescribeLoadBalancersCommand({ Names: [names.prefix] })),
  );
  return answer?.LoadBalancers?.[0];
}

/** Its host name. */
export async function loadBalancer(session: Session): Promise<string | undefined> {
  return (await describedLoadBalancer(session))?.DNSName;
}
