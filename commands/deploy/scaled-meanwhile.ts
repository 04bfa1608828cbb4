import { DescribeNodegroupCommand, EKSClient } from "@aws-sdk/client-eks";
import { AppsV1Api } from "@kubernetes/client-node";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";
import { plannedRollouts } from "../terraform/planned-rollouts";
import { podsOf } from "../verification/scales";

interface NodeGroup {
  readonly cluster_name?: string;
  readonly node_group_name?: string;
  readonly scaling_config?: readonly { readonly desired_size?: number }[];
}

/**
 * What the autoscalers have resized since the plan, and the plan would set back: it would scale in what was just scaled out.
 *
 * @returns One clause each, such as "on-demand-2026 has 5 nodes, not 3"
 */
export async function scaledMeanwhile(session: Session, plan: PlanJson): Promise<string[]> {
  // What can't be read now is seen during the apply: see scales.ts.
  const grown = await grownDeployments(session, plan).catch(() => []);
  return [...(await resizedGroups(session, plan)), ...grown];
}

/** Node groups whose bounds the plan changes, or that it replaces. */
async function resizedGroups(
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

/** Deployments that the plan updates, and that have more pods since. */
async function grownDeployments(session: Session, plan: PlanJson): Promise<string[]> {
  const rollouts = plannedRollouts(plan);
  const config = rollouts.length === 0 ? undefined : await session.kubernetes();
  const apps = config?.makeApiClient(AppsV1Api);
  if (apps === undefined) return [];
  const found = await Promise.all(
    rollouts.map(async (rollout) => {
      const { name, replicas: was } = rollout;
      const is = await podsOf(apps, rollout);
      return is !== undefined && is > was ? [`${name} has ${is} pods, not ${was}`] : [];
    }),
  );
  return found.flat();
}
