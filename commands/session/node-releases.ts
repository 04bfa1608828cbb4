import { DescribeImagesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { isOlder } from "../../environments/add-ons";
import type { Session } from "./session";

/** A release of Bottlerocket, such as "1.49.0-713f44ce", and the day it was published. */
export interface NodeRelease {
  readonly release: string;
  readonly day: string;
}

/** Architectures, as Bottlerocket's images have them in their names. */
const IN_NAMES = { arm64: "aarch64", x86_64: "x86_64" } as const;

/**
 * Bottlerocket's releases for the environment's Kubernetes version and architecture, the newest first: by the images' names,
 * such as "bottlerocket-aws-k8s-1.36-aarch64-v1.49.0-713f44ce".
 */
export async function publishedReleases({ client, environment }: Session): Promise<NodeRelease[]> {
  const { cluster, nodes } = environment;
  const start = `bottlerocket-aws-k8s-${cluster.version}-${IN_NAMES[nodes.architecture]}-v`;
  const { Images = [] } = await client(EC2Client).send(
    new DescribeImagesCommand({
      Owners: ["amazon"],
      Filters: [{ Name: "name", Values: [`${start}*`] }],
      IncludeDeprecated: true,
    }),
  );
  const found = Images.map(({ Name = "", CreationDate = "" }) => ({
    release: Name.slice(start.length),
    day: CreationDate.slice(0, 10),
  }));
  return found.sort((a, b) => (isOlder(a.release, b.release) ? 1 : -1));
}
