import {
  AppsV1Api,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
  type V1Deployment,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import { unlessGone } from "../cli/kubernetes";
import type { Awaited } from "../terraform/awaited";
import { terraform } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";
import { releaseOf, waitingFor } from "./rollout";

/**
 * Ends waits of Terraform's providers, which neither an interruption nor a hopeless pod ends before their timeouts. What
 * ran before keeps running, and the provider returns an error, so that Terraform records what it has done.
 */
export class EndedWaits {
  readonly #apps: AppsV1Api;
  /** Progress deadlines before they were shortened (s), by Deployment. */
  readonly #deadlines = new Map<string, { readonly of: Awaited; readonly seconds: number }>();

  constructor(config: KubeConfig) {
    this.#apps = config.makeApiClient(AppsV1Api);
  }

  /** Kubernetes then declares that the rollout is stuck, which Terraform's provider takes for an error. The rollout itself continues. */
  async endRollout(awaited: Awaited): Promise<void> {
    const { namespace, name } = awaited;
    if (this.#deadlines.has(name)) return;
    const found = await unlessGone(this.#apps.readNamespacedDeployment({ namespace, name }));
    if (found === undefined) return;
    this.#deadlines.set(name, { of: awaited, seconds: found.spec?.progressDeadlineSeconds ?? 600 });
    await this.#setDeadline(awaited, 1);
  }

  /** As if no wait had been ended: a new Deployment whose wait failed would be replaced by the next deploy. */
  async restore(folder: StackFolder): Promise<void> {
    const ended = [...this.#deadlines.values()];
    for (const { of, seconds } of ended)
      await this.#setDeadline(of, seconds).catch(() => {
        console.error(
          `The progress deadline of ${of.name} is still 1 s: Kubernetes reports its rollout as failed until the next deploy resets it.`,
        );
      });
    // Last, since it takes seconds each, and whoever stops a deploy may soon kill it.
    for (const { of } of ended)
      await terraform(folder, ["untaint", "-allow-missing", of.address]).catch(() => undefined);
  }

  async #setDeadline({ namespace, name }: Awaited, progressDeadlineSeconds: number): Promise<void> {
    await unlessGone(
      this.#apps.patchNamespacedDeployment(
        { namespace, name, body: { spec: { progressDeadlineSeconds } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      ),
    );
  }

  /**
   * Helm waits until all is ready, whatever happens, unless something of the release is gone: then it rolls back an
   * upgrade, and uninstalls what was never installed. So what is not ready is deleted: in an upgrade without its pods,
   * which the rollback's takes over. A StatefulSet's volumes may be deleted with it: it stays in an upgrade.
   */
  async endRelease({ namespace, name }: Awaited, upgrade: boolean): Promise<void> {
    const waiting = ({ items }: { readonly items: readonly (V1Deployment | V1StatefulSet)[] }) =>
      items
        .filter((each) => releaseOf(each) === name && each.metadata?.deletionTimestamp === undefined)
        .filter((each) => waitingFor(each) !== undefined)
        .map(({ metadata }) => ({
          namespace,
          name: metadata?.name ?? "",
          propagationPolicy: upgrade ? "Orphan" : "Background",
        }));
    for (const each of waiting(await this.#apps.listNamespacedDeployment({ namespace })))
      await unlessGone(this.#apps.deleteNamespacedDeployment(each));
    if (upgrade) return;
    for (const each of waiting(await this.#apps.listNamespacedStatefulSet({ namespace })))
      await unlessGone(this.#apps.deleteNamespacedStatefulSet(each));
  }
}
