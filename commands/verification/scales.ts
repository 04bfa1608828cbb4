import { AppsV1Api, PatchStrategy, setHeaderOptions, type KubeConfig } from "@kubernetes/client-node";
import { unlessGone } from "../cli/kubernetes";
import type { PlanJson } from "../terraform/plan-json";
import { plannedRollouts, type PlannedRollout } from "../terraform/planned-rollouts";

/**
 * Numbers of pods that an apply's updates lower: each sets the number at the time of the plan, which the autoscaler may have
 * raised while the apply waited for another rollout.
 */
export class Scales {
  readonly #planned: readonly PlannedRollout[];
  readonly #begun = new Set<string>();
  /** The last number before the update, by address. */
  readonly #before = new Map<string, number>();

  constructor(plan: PlanJson) {
    this.#planned = plannedRollouts(plan);
  }

  /** Called with what is being updated: from now on its number may be the plan's. */
  begun(addresses: readonly string[]): void {
    for (const address of addresses) this.#begun.add(address);
  }

  /** Remembers each number before its update, and sets it back once if the update has lowered it. */
  async keep(cluster: () => Promise<KubeConfig | undefined>): Promise<void> {
    const config = this.#planned.length === 0 ? undefined : await cluster();
    const apps = config?.makeApiClient(AppsV1Api);
    if (apps === undefined) return;
    for (const { address, namespace, name, replicas } of this.#planned) {
      const before = this.#before.get(address) ?? 0;
      if (this.#begun.has(address) && before <= replicas) continue;
      const live = await podsOf(apps, { namespace, name });
      if (live === undefined) continue;
      if (!this.#begun.has(address)) this.#before.set(address, live);
      // Fewer than planned are the autoscaler's own doing: its maximum was lowered.
      else if (live < before && live >= replicas) {
        this.#before.delete(address);
        await apps.patchNamespacedDeploymentScale(
          { namespace, name, body: { spec: { replicas: before } } },
          setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
        );
      }
    }
  }
}

/** The number of pods that a Deployment has now; undefined if it is gone. */
export async function podsOf(
  apps: AppsV1Api,
  { namespace, name }: Pick<PlannedRollout, "namespace" | "name">,
): Promise<number | undefined> {
  return (await unlessGone(apps.readNamespacedDeployment({ namespace, name })))?.spec?.replicas;
}
