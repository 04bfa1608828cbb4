import type { KubeConfig } from "@kubernetes/client-node";
import { requireConfirmation } from "../cli/confirmation";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { resourcesOf } from "../../stacks/stack-json";
import { awaitedOf } from "../terraform/awaited";

/** One revision of a Helm release. */
export interface Revision {
  /** Helm's Secret that records it. */
  readonly secret: string;
  readonly namespace: string;
  readonly release: string;
  /** "pending-install", "pending-upgrade", "pending-rollback", or "uninstalling"; undefined if it is complete. */
  readonly pending: string | undefined;
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
  return items.map(({ metadata }) => {
    const status = metadata?.labels?.["status"] ?? "";
    const pending = /^(pending|uninstalling)/.test(status) ? status : undefined;
    return { secret: metadata?.name ?? "", namespace, release, pending };
  });
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
  const addresses = resourcesOf(folder.json).filter(({ type }) => type === "helm_release");
  // If the cluster can't be asked, Helm's own error will say so.
  const config = addresses.length === 0 ? undefined : await session.kubernetes().catch(() => undefined);
  if (config === undefined) return false;
  const revisions = await Promise.all(
    addresses.map(({ address }) => {
      const { namespace = "", name = "" } = awaitedOf(folder.json, address) ?? {};
      return revisionsOf(config, namespace, name).catch(() => []);
    }),
  );
  const pending = revisions.flat().filter((each) => each.pending !== undefined);
  if (pending.length === 0) return false;
  const names = pending.map((each) => `${each.release} (${each.pending ?? ""})`).join(", ");
  if (!silent) console.log(`A killed run left Helm releases unfinished: ${names}`);
  if (!yes)
    await requireConfirmation("Let this deploy finish them?", {
      withoutTerminal: `${folder.stack} was not deployed: Helm releases are unfinished (${names}), and there is no terminal to confirm on. To let the deploy finish them: --yes`,
      declined: `${folder.stack} was not deployed: Helm releases are unfinished (${names}).`,
    });
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const core = config.makeApiClient(CoreV1Api);
  for (const { namespace, secret } of pending) await core.deleteNamespacedSecret({ namespace, name: secret });
  return true;
}
