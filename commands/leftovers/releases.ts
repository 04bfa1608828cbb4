import type { KubeConfig } from "@kubernetes/client-node";
import { requireConfirmation } from "../cli/confirmation";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { awaitedIn } from "../terraform/awaited";

/** One revision of a Helm release. */
interface Revision {
  /** Helm's Secret that records it. */
  readonly secret: string;
  /** Such as "deployed" or "pending-upgrade". */
  readonly status: string;
}

/** The revisions that Helm has recorded of a release. */
export async function revisionsOf(
  config: KubeConfig,
  namespace: string,
  release: string,
): Promise<Revision[]> {
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { items } = await config
    .makeApiClient(CoreV1Api)
    .listNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${release}` });
  return items.map(({ metadata }) => ({
    secret: metadata?.name ?? "",
    status: metadata?.labels?.["status"] ?? "",
  }));
}

/** Whether Helm has only begun this revision. */
export function isPending({ status }: Revision): boolean {
  return /^(pending|uninstalling)/.test(status);
}

/** Whether there is something to return to: Helm rolls back an upgrade, and uninstalls what was never installed. */
export function isInstalled(revisions: readonly Revision[]): boolean {
  return revisions.some(({ status }) => status === "deployed" || status === "superseded");
}

/**
 * Clears what a killed run has left of the stack's releases, after asking: Helm refuses a release that it believes another
 * run is changing. Only Helm's note is deleted: what runs stays, and the next upgrade or install takes it over. To be called
 * while no other run can hold the state's lock, such as after a plan. True if there was anything.
 */
export async function clearPending(
  session: Session,
  folder: StackFolder,
  { yes, silent }: { readonly yes: boolean; readonly silent: boolean },
): Promise<boolean> {
  const releases = awaitedIn(folder.json).filter(({ type }) => type === "release");
  // If the cluster can't be asked, Helm's own error will say so.
  const config = await session.kubernetes().catch(() => undefined);
  if (config === undefined) return false;
  const found = await Promise.all(
    releases.map(async ({ namespace, name }) => {
      const revisions = await revisionsOf(config, namespace, name).catch(() => []);
      return revisions.filter(isPending).map((revision) => ({ namespace, name, ...revision }));
    }),
  );
  const pending = found.flat();
  if (pending.length === 0) return false;
  const names = pending.map(({ name, status }) => `${name} (${status})`).join(", ");
  if (!silent) console.log(`A killed run left Helm releases unfinished: ${names}`);
  await requireConfirmation({
    question: "Let this deploy finish them?",
    yes,
    refused: `${folder.stack} was not deployed, since Helm releases are unfinished (${names})`,
  });
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const core = config.makeApiClient(CoreV1Api);
  for (const { namespace, secret } of pending) await core.deleteNamespacedSecret({ namespace, name: secret });
  return true;
}
