import { DescribeClusterCommand, EKSClient, type Cluster } from "@aws-sdk/client-eks";
import { unlessMissing, type ClientOf } from "./aws";

/** A cluster as EKS describes it; undefined where there is none. */
export async function describedCluster(client: ClientOf, name: string): Promise<Cluster | undefined> {
  const answer = await unlessMissing(
    client(EKSClient).send(new DescribeClusterCommand({ name })),
    "ResourceNotFoundException",
  );
  return answer?.cluster;
}
