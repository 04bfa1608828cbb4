import {
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { clientConfig, unlessMissing } from "../cli/aws";

/** Host name of the environment's load balancer; undefined before `infra`. */
export async function loadBalancer(environment: Environment): Promise<string | undefined> {
  const client = new ElasticLoadBalancingV2Client(clientConfig(environment.region));
  const answer = await unlessMissing(
    client.send(new DescribeLoadBalancersCommand({ Names: [namesOf(environment).prefix] })),
    "LoadBalancerNotFoundException",
  );
  return answer?.LoadBalancers?.[0]?.DNSName;
}
