import { requireConfirmation } from "../cli/confirmation";
import { CommandError, EXIT } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import type { Session } from "../session/session";
import { NO_CLUSTER } from "../terraform/events";
import { terraform, terraformOutput } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";

/** Addresses of what is in the cluster. */
export const IN_CLUSTER = /^(kubernetes_\w+|helm_release)\./;

interface LostClusterOptions {
  /** Skips the question. */
  readonly yes: boolean;
  /** Whether the plan is to destroy. @default false */
  readonly destroy?: boolean;
}

/**
 * Takes what was in a cluster out of the state, after asking: without the cluster nothing can be planned, not even a
 * destroy, while the rest is billed. The stack must be initialized. True if there was anything.
 *
 * @param why such as "The cluster wbot-dev no longer exists"
 */
async function forgetCluster(folder: StackFolder, yes: boolean, why: string): Promise<boolean> {
  const listed = await terraform(folder, ["state", "list"]);
  const addresses = listed.stdout.split("\n").filter((line) => IN_CLUSTER.test(line));
  if (listed.code !== 0 || addresses.length === 0) return false;
  const what = `${addresses.length} objects in it are still in the state of ${folder.stack}`;
  console.log(`${why}, and ${what}.`);
  await requireConfirmation({
    question: "Remove them from the state?",
    yes,
    refused: `${why}, and ${what}; nothing was changed`,
    option: "--yes, or --confirm with destroy",
  });
  ifInterrupted(
    `The cluster's objects may already be removed from the state of ${folder.stack}; nothing else was changed. To continue, run the same command again.`,
  );
  await terraformOutput(
    folder,
    ["state", "rm", "-lock-timeout=10s", ...addresses],
    `The state of ${folder.stack} still has the cluster's objects`,
  );
  return true;
}

/**
 * Plans, and again without what is in the cluster if that fails because the cluster no longer exists (`isLost`) or would be
 * replaced. A destroy is planned again even if nothing was left of it: app's data source still looks for the cluster.
 */
export async function planWithoutCluster<Plan>(
  session: Session,
  folder: StackFolder,
  options: LostClusterOptions,
  plan: (isLost: boolean) => Promise<Plan>,
): Promise<Plan> {
  try {
    return await plan(false);
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === EXIT.interrupted) throw error;
    // A destroy of app looks the cluster up. Any other error, such as another account's credentials, says nothing of it.
    const lookUp = `EKS Cluster (${session.names.cluster})`;
    const isLookUp = options.destroy === true && folder.stack === "app" && error.message.includes(lookUp);
    if (!isLookUp && !error.message.includes(NO_CLUSTER)) throw error;
    // If AWS can't be queried, the first error says why.
    const config = await session.kubernetes().catch(() => {
      throw error;
    });
    const clusterExists = config !== undefined;
    if (folder.stack === "app" && clusterExists) throw error;
    const why = `The cluster ${session.names.cluster} ${clusterExists ? "is to be replaced, with everything in it" : "no longer exists"}`;
    const hasForgotten = await forgetCluster(folder, options.yes, why);
    if (!hasForgotten && !options.destroy) throw error;
    return await plan(true);
  }
}
