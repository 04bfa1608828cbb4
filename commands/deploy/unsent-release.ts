import type { Environment } from "../../environments";
import { emulator } from "../../environments/emulator";
import { isOlder } from "../../environments/add-ons";
import { CommandError } from "../cli/exit-codes";
import { publishedReleases } from "../session/node-releases";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";

/** What makes the provider call UpdateNodegroupVersion, besides the release itself. */
const UPDATES_NODES: readonly string[] = ["version", "launch_template"];

/**
 * Node groups that a plan updates without sending EKS `nodes.release`: the provider sends it only if it changes too, and EKS
 * takes the newest if it is sent none.
 *
 * @see https://github.com/hashicorp/terraform-provider-aws/issues/40902
 */
export function updatedWithoutRelease(
  { nodes }: Environment,
  { resource_changes: changes = [] }: PlanJson,
): string[] {
  if (nodes.release === undefined || emulator() !== undefined) return [];
  return changes.flatMap(({ type, change }) => {
    if (type !== "aws_eks_node_group" || change.actions.join() !== "update") return [];
    const changed = differing(change);
    if (changed.includes("release_version") || !changed.some((each) => UPDATES_NODES.includes(each)))
      return [];
    return [(change.before as { node_group_name?: string }).node_group_name ?? ""];
  });
}

/** Refuses such an update if it would go beyond `nodes.release`: the next plan would want to go back, which EKS refuses. */
export async function refuseUnsentRelease(session: Session, json: PlanJson): Promise<void> {
  const { name, nodes } = session.environment;
  const { release } = nodes;
  const updated = updatedWithoutRelease(session.environment, json);
  if (release === undefined || updated.length === 0) return;
  const [newest] = await publishedReleases(session);
  if (newest === undefined || !isOlder(release, newest.release)) return;
  throw new CommandError(
    `Nothing in infra was deployed to ${name}: EKS would move ${updated.join(" and ")} to Bottlerocket ${newest.release}, its newest release, although nodes.release is ${release}. It is given a release only if that changes as well, and can't downgrade a node group. Raise it in the same deploy:\n\n  nodes: { release: "${newest.release}" } in environments/${name}.ts\n`,
  );
}
