import { DescribeNodegroupCommand, EKSClient, paginateListNodegroups } from "@aws-sdk/client-eks";
import type { Environment } from "../../environments";
import { allOf } from "../cli/aws";
import type { Session } from "./session";

/** A node group, and what it runs. */
export interface NodeGroup {
  readonly group: string;
  /** Bottlerocket's. */
  readonly release: string;
  /** Kubernetes'. */
  readonly version: string;
  readonly architecture: Environment["nodes"]["architecture"];
  /** How many nodes it is to have now. */
  readonly desired: number | undefined;
  /** Whether EKS is replacing its nodes. */
  readonly updating: boolean;
}

/** The cluster's node groups; none before there is a cluster. */
export async function nodeGroups(session: Session): Promise<NodeGroup[]> {
  if ((await session.cluster()) === undefined) return [];
  const client = session.client(EKSClient);
  const clusterName = session.names.cluster;
  const pages = paginateListNodegroups({ client }, { clusterName });
  const names = await allOf(pages, ({ nodegroups }) => nodegroups);
  return Promise.all(
    names.map(async (nodegroupName) => {
      const { nodegroup } = await client.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
      const { releaseVersion: release = "", version = "", amiType = "", status } = nodegroup ?? {};
      const architecture = amiType.includes("_ARM_64") ? "arm64" : "x86_64";
      const desired = nodegroup?.scalingConfig?.desiredSize;
      const updating = status === "UPDATING";
      return { group: nodegroupName, release, version, architecture, desired, updating };
    }),
  );
}
