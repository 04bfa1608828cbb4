import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { unlessMissing } from "../cli/aws";
import type { Session } from "../session/session";

/** Host name of the environment's load balancer; undefined before `infra`. */
export async function loadBalancer({ client, names }: Session): Promise<string | undefined> {
  const answer = await unlessMissing(
    client(ElasticLoadBalancingV2Client).send(new DescribeLoadBalancersCommand({ Names: [names.prefix] })),
    "LoadBalancerNotFoundException",
  );
  return answer?.LoadBalancers?.[0]?.DNSName;
}
