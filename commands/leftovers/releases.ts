import { gunzipSync, gzipSync } from "node:zlib";
import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { requireConfirmation } from "../cli/confirmation";
import { ifInterrupted } from "../cli/interrupt";
import type { Session } from "../session/session";
import type { StackFolder } from "../terraform/stack-folder";
import { awaitedIn } from "../terraform/awaited";

/** One revision of a Helm release. */
interface Revision {
  /** Helm's Secret that records it. */
  readonly secret: string;
  /** Such as "deployed" or "pending-upgrade". */
  readonly status: string;
  readonly created: Date;
  /** The whole record as the Secret holds it: base64 of what Helm writes, which is base64 of gzipped JSON. */
  readonly record: string;
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
  return items.map(({ metadata, data }) => ({
    secret: metadata?.name ?? "",
    status: metadata?.labels?.["status"] ?? "",
    created: metadata?.creationTimestamp ?? new Date(0),
    record: data?.["release"] ?? "",
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

interface ClearOptions {
  /** Skips the question. */
  readonly yes: boolean;
  /** When this run began its plan. */
  readonly since: Date;
  /** For an interruption from the first change on: what is left, and what to run next. */
  readonly left: string;
}

/**
 * Clears what a killed run has left of the stack's releases, after asking: Helm refuses a release that it believes another
 * run is changing. Only Helm's record is changed: what runs stays. An upgrade is recorded as failed, so that Terraform
 * upgrades the release even if its values have gone back to what they were; of an install the record is deleted, and the
 * next one takes over what is there. True if there was anything.
 */
export async function clearPending(
  session: Session,
  folder: StackFolder,
  { yes, since, left }: ClearOptions,
): Promise<boolean> {
  const releases = awaitedIn(folder.json).filter(({ type }) => type === "release");
  // If the cluster can't be queried, Helm's own error will say so.
  const config = await session.kubernetes().catch(() => undefined);
  if (config === undefined) return false;
  const look = async () => {
    const found = await Promise.all(
      releases.map(async ({ namespace, name }) => {
        const revisions = await revisionsOf(config, namespace, name).catch(() => []);
        const upgrade = isInstalled(revisions);
        return (
          revisions
            // No other run that is still going can have begun one before the plan, which had the state's lock.
            .filter((revision) => isPending(revision) && revision.created < since)
            .map((revision) => ({ namespace, name, upgrade, ...revision }))
        );
      }),
    );
    return found.flat();
  };
  const pending = await look();
  if (pending.length === 0) return false;
  const names = pending.map(({ name, status }) => `${name} (${status})`).join(", ");
  console.log(`A killed run left Helm releases unfinished: ${names}`);
  await requireConfirmation({
    question: "Let this deploy finish them?",
    yes,
    refused: `${folder.stack} was not deployed, because Helm releases are unfinished (${names})`,
  });
  ifInterrupted(left);
  const { CoreV1Api } = await import("@kubernetes/client-node");
  const { unlessGone } = await import("../cli/kubernetes");
  const core = config.makeApiClient(CoreV1Api);
  // Somebody else may have cleared or finished them while this waited.
  for (const { namespace, upgrade, ...revision } of await look())
    await unlessGone<unknown>(
      upgrade
        ? recordFailure(core, namespace, revision)
        : core.deleteNamespacedSecret({ namespace, name: revision.secret }),
    );
  return true;
}

/** As Helm records an upgrade that it can't finish. The text is left as it is, so that nothing else of it changes. */
async function recordFailure(core: CoreV1Api, namespace: string, revision: Revision): Promise<void> {
  const { PatchStrategy, setHeaderOptions } = await import("@kubernetes/client-node");
  const { secret: name, status, record } = revision;
  const compressed = Buffer.from(Buffer.from(record, "base64").toString(), "base64");
  const text = gunzipSync(compressed).toString().replace(`"status":"${status}"`, '"status":"failed"');
  const release = Buffer.from(gzipSync(text).toString("base64")).toString("base64");
  await core.patchNamespacedSecret(
    { name, namespace, body: { metadata: { labels: { status: "failed" } }, data: { release } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
}
