import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
  type V1DaemonSet,
  type V1Deployment,
  type V1StatefulSet,
} from "@kubernetes/client-node";
import type { Awaited } from "../terraform/awaited";

/**
 * Ends waits of Terraform's providers, which neither an interruption nor a hopeless pod ends before their timeouts. What
 * ran before keeps running, and the provider returns an error, so that Terraform records what it has done.
 */
export class EndedWaits {
  /** Progress deadlines before they were shortened (s), by Deployment. */
  readonly #deadlines = new Map<string, { readonly to: Awaited; readonly seconds: number | undefined }>();

  constructor(readonly config: KubeConfig) {}

  async end(awaited: Awaited): Promise<void> {
    if (awaited.type === "Deployment") await this.#expire(awaited);
    else if (awaited.type === "release") await this.#failRelease(awaited);
    // A StatefulSet's wait has no such end.
  }

  /** Addresses of the Deployments whose waits were ended. */
  deployments(): string[] {
    return [...this.#deadlines.values()].map(({ to }) => to.address);
  }

  /** Gives Deployments their own progress deadlines again. */
  async restore(): Promise<void> {
    for (const { to, seconds } of this.#deadlines.values())
      await unlessGone(this.#setDeadline(to, seconds ?? 600));
    this.#deadlines.clear();
  }

  /** Kubernetes then declares that the rollout is stuck, which Terraform's provider takes for an error. It goes on all the same. */
  async #expire(awaited: Awaited): Promise<void> {
    const { namespace, name } = awaited;
    if (this.#deadlines.has(name)) return;
    const found = await unlessGone(
      this.config.makeApiClient(AppsV1Api).readNamespacedDeployment({ namespace, name }),
    );
    if (found === undefined) return;
    this.#deadlines.set(name, { to: awaited, seconds: found.spec?.progressDeadlineSeconds });
    await unlessGone(this.#setDeadline(awaited, 1));
  }

  async #setDeadline({ namespace, name }: Awaited, progressDeadlineSeconds: number): Promise<void> {
    await this.config
      .makeApiClient(AppsV1Api)
      .patchNamespacedDeployment(
        { namespace, name, body: { spec: { progressDeadlineSeconds } } },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
  }

  /**
   * Helm waits until all is ready, whatever happens, unless something of the release is gone: then it rolls back an
   * upgrade, and uninstalls what was never installed. So what is not ready is deleted: in an upgrade without its pods,
   * which the rollback's takes over. A StatefulSet's volumes may be deleted with it: it stays in an upgrade.
   */
  async #failRelease({ namespace, name }: Awaited): Promise<void> {
    const apps = this.config.makeApiClient(AppsV1Api);
    const upgrade = await isInstalled(this.config, namespace, name);
    const propagationPolicy = upgrade ? "Orphan" : "Background";
    const ours = ({ metadata }: V1Deployment | V1DaemonSet | V1StatefulSet) =>
      metadata?.annotations?.["meta.helm.sh/release-name"] === name &&
      metadata.deletionTimestamp === undefined;
    const [deployments, daemonSets, statefulSets] = await Promise.all([
      apps.listNamespacedDeployment({ namespace }),
      apps.listNamespacedDaemonSet({ namespace }),
      apps.listNamespacedStatefulSet({ namespace }),
    ]);
    const options = ({ metadata }: V1Deployment | V1DaemonSet | V1StatefulSet) => ({
      namespace,
      name: metadata?.name ?? "",
      propagationPolicy,
    });
    for (const each of deployments.items.filter((one) => ours(one) && !isRolledOut(one)))
      await unlessGone(apps.deleteNamespacedDeployment(options(each)));
    for (const each of daemonSets.items.filter(
      (one) => ours(one) && one.status?.numberReady !== one.status?.desiredNumberScheduled,
    ))
      await unlessGone(apps.deleteNamespacedDaemonSet(options(each)));
    if (upgrade) return;
    for (const each of statefulSets.items.filter(
      (one) => ours(one) && one.status?.readyReplicas !== one.spec?.replicas,
    ))
      await unlessGone(apps.deleteNamespacedStatefulSet(options(each)));
  }
}

/** Without pods of the old version, which count as ready too. */
function isRolledOut({ spec, status }: V1Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return status?.updatedReplicas === wanted && status.readyReplicas === wanted && status.replicas === wanted;
}

/** Whether there is an earlier revision to return to. */
export async function isInstalled(config: KubeConfig, namespace: string, name: string): Promise<boolean> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedSecret({
    namespace,
    labelSelector: `owner=helm,name=${name},status in (deployed,superseded)`,
  });
  return items.length > 0;
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
