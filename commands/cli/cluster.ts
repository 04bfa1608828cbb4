import { DescribeClusterCommand, EKSClient, type Cluster } from "@aws-sdk/client-eks";
import type { Environment } from "../../environments";
import { namesOf } from "../../environments/names";
import { clientConfig, unlessMissing } from "./aws";

/** The environment's cluster as EKS describes it; undefined where there is none. */
export async function describedCluster(environment: Environment): Promise<Cluster | undefined> {
  const client = new EKSClient(clientConfig(environment.region));
  const answer = await unlessMissing(
    client.send(new DescribeClusterCommand({ name: namesOf(environment).cluster })),
    "ResourceNotFoundException",
  );
  return answer?.cluster;
}
