import type { AppsV1Api } from "@kubernetes/client-node";
import type { Session } from "../session/session";
import { deletions, neededBy, type PlanJson, type ResourceChange } from "../terraform/plan-json";

const TYPE = "kubernetes_config_map_v1";

interface ConfigMap {
  readonly metadata: readonly [
    { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> },
  ];
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
}

/**
 * The ConfigMaps that a plan deletes too early: an earlier deploy failed to replace their pods, or gave up on that rollout, and
 * Terraform only waits for rollouts that it starts itself, of Deployments that the state says need them. As configuration that
 * keeps them, undefined if there are none.
 */
export async function usedConfigs(session: Session, json: PlanJson): Promise<object | undefined> {
  const left = deletions(json).filter(({ address, type, deposed }) => {
    if (type !== TYPE || deposed !== undefined) return false;
    return !isAwaited(address, json);
  });
  const config = left.length === 0 ? undefined : await session.kubernetes().catch(() => undefined);
  if (config === undefined) return undefined;
  const { AppsV1Api } = await import("@kubernetes/client-node");
  const apps = config.makeApiClient(AppsV1Api);
  const used = await Promise.all(
    left.map(async (each) => ((await isUsed(each, apps).catch(() => false)) ? [configBlock(each)] : [])),
  );
  const bodies = Object.fromEntries(used.flat());
  return Object.keys(bodies).length === 0 ? undefined : { resource: { [TYPE]: bodies } };
}

/** Whether Terraform first changes a Deployment that needs it: after a failed update, the state has only the new one's needs. */
function isAwaited(address: string, json: PlanJson): boolean {
  return (json.resource_changes ?? []).some(
    ({ address: changed, type, change }) =>
      type === "kubernetes_deployment_v1" &&
      change.actions.join() !== "no-op" &&
      neededBy(changed, json).includes(address),
  );
}

/** Whether its workload's pods have it: new ones, or old ones that still run. */
async function isUsed({ change }: ResourceChange, apps: AppsV1Api): Promise<boolean> {
  const [{ name, namespace, labels }] = (change.before as ConfigMap).metadata;
  const workload = labels["app.kubernetes.io/name"] ?? "";
  const { metadata, spec, status } = await apps.readNamespacedDeployment({ name: workload, namespace });
  const isObserved = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const isNamed = JSON.stringify(spec ?? {}).includes(JSON.stringify(name));
  return isNamed || !isObserved || (status?.replicas ?? 0) > (status?.updatedReplicas ?? 0);
}

/** Its id in the configuration, and its body. */
function configBlock({ address, change }: ResourceChange): [id: string, body: object] {
  const { metadata, immutable, data } = change.before as ConfigMap;
  const [{ name, namespace, labels }] = metadata;
  const body = {
    metadata: { name, namespace, labels },
    immutable,
    data,
    lifecycle: { create_before_destroy: true },
  };
  // Nothing in it is a template.
  const escaped = JSON.stringify(body).replace(/[$%](?=\{)/g, "$&$&");
  return [address.slice(TYPE.length + 1), JSON.parse(escaped) as object];
}
