import { DescribeNodegroupCommand, EKSClient } from "@aws-sdk/client-eks";
import { AppsV1Api } from "@kubernetes/client-node";
import { unlessGone } from "../cli/kubernetes";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";

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
  // What can't be read keeps nobody from deploying: the autoscaler sets its number again.
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

/** A block, as Terraform writes it. */
type Block<T> = readonly Partial<T>[];

interface Deployment {
  readonly metadata: Block<{ readonly name: string; readonly namespace: string }>;
  readonly spec: Block<{ readonly replicas: string }>;
}

/**
 * Deployments that the plan updates, and that have more pods since. The provider replaces a Deployment's whole spec, and with
 * it the number of pods.
 */
async function grownDeployments(
  session: Session,
  { resource_changes: changes = [] }: PlanJson,
): Promise<string[]> {
  const updated = changes.flatMap(({ type, change }) =>
    type === "kubernetes_deployment_v1" &&
    change.actions.join() === "update" &&
    differing(change).includes("spec")
      ? [change.after as Partial<Deployment>]
      : [],
  );
  const config = updated.length === 0 ? undefined : await session.kubernetes();
  const apps = config?.makeApiClient(AppsV1Api);
  if (apps === undefined) return [];
  const found = await Promise.all(
    updated.map(async ({ metadata, spec }) => {
      const { name = "", namespace = "" } = metadata?.[0] ?? {};
      const was = Number(spec?.[0]?.replicas);
      const live = await unlessGone(apps.readNamespacedDeployment({ namespace, name }));
      const is = live?.spec?.replicas ?? 0;
      return is > was ? [`${name} has ${is} pods, not ${was}`] : [];
    }),
  );
  return found.flat();
}
