import { DescribeNodegroupCommand, EKSClient } from "@aws-sdk/client-eks";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";

interface NodeGroup {
  readonly cluster_name?: string;
  readonly node_group_name?: string;
  readonly scaling_config?: readonly { readonly desired_size?: number }[];
}

/**
 * Node groups that the autoscaler has resized since the plan, of those whose bounds the plan changes or that it replaces: it
 * would set their size back, and scale in what was just scaled out.
 *
 * @returns One clause each, such as "on-demand-2026 has 5 nodes, not 3"
 */
export async function scaledMeanwhile(
  { client }: Session,
  { resource_changes: changes = [] }: PlanJson,
): Promise<string[]> {
  const resized = changes.flatMap(({ type, change }) => {
    const isReplaced = change.actions.length > 1;
    const isResized = change.actions[0] === "update" && differing(change).includes("scaling_config");
    return type === "aws_eks_node_group" && (isReplaced || isResized) ? [change.before as NodeGroup] : [];
  });
  const found = await Promise.all(
    resized.map(
      async ({ cluster_name: clusterName, node_group_name: nodegroupName, scaling_config: [was] = [] }) => {
        const { nodegroup } = await client(EKSClient).send(
          new DescribeNodegroupCommand({ clusterName, nodegroupName }),
        );
        const is = nodegroup?.scalingConfig?.desiredSize;
        if (is === undefined || was?.desired_size === undefined || is === was.desired_size) return [];
        return [`${nodegroupName ?? ""} has ${is} nodes, not ${was.desired_size}`];
      },
    ),
  );
  return found.flat();
}
