import { nodeGroups } from "../session/node-groups";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";

interface NodeGroup {
  readonly node_group_name?: string;
  readonly scaling_config?: readonly { readonly desired_size?: number }[];
}

/**
 * Node groups that the autoscaler has resized since the plan, and whose bounds the plan changes, or that it replaces: it would
 * scale in what was just scaled out.
 *
 * @returns One clause each, such as "on-demand-2026 has 5 nodes, not 3"
 */
export async function scaledMeanwhile(
  session: Session,
  { resource_changes: changes = [] }: PlanJson,
): Promise<string[]> {
  const resized = changes.flatMap(({ type, change }) => {
    const isReplaced = change.actions.length > 1;
    const isResized = change.actions[0] === "update" && differing(change).includes("scaling_config");
    return type === "aws_eks_node_group" && (isReplaced || isResized) ? [change.before as NodeGroup] : [];
  });
  const live = resized.length === 0 ? [] : await nodeGroups(session);
  return resized.flatMap(({ node_group_name: name = "", scaling_config: [was] = [] }) => {
    const is = live.find(({ group }) => group === name)?.desired;
    if (is === undefined || was?.desired_size === undefined || is === was.desired_size) return [];
    return [`${name} has ${is} nodes, not ${was.desired_size}`];
  });
}
