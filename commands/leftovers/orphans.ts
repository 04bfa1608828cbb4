import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { PART_OF } from "../../environments/names";
import { CommandError } from "../cli/exit-codes";
import type { Session } from "../session/session";
import type { PlanJson, ResourceChange } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import { IN_CLUSTER } from "./lost-cluster";
import { isPending, revisionsOf } from "./releases";
import { usedConfigs } from "./used-configs";

/** The labels of what this project creates in a cluster. */
const OURS = { "app.kubernetes.io/part-of": PART_OF, "app.kubernetes.io/managed-by": "cdktf" };

/** Terraform reads it along with cdk.tf.json. */
const FILE = "adopted.tf.json";

/** Something that a plan would create although it exists: an earlier run was killed before it wrote the state. */
interface Existing {
  readonly address: string;
  /** For Terraform's import. */
  readonly id: string;
  /** As kubectl names it: "deployment.apps wbot-ai -n wbot". */
  readonly shown: string;
  readonly ours: boolean;
}

/**
 * Plans, and plans again with imports if the first plan would create what is already in the cluster, or with what it would
 * delete while pods use it. Refuses what exists and isn't ours, by name.
 */
export async function planWithOrphans<Plan extends { readonly json: PlanJson }>(
  session: Session,
  folder: StackFolder,
  plan: () => Promise<Plan>,
): Promise<Plan> {
  const file = join(folder.path, FILE);
  rmSync(file, { force: true });
  const first = await plan();
  try {
    const orphans = await existingOf(session, first.json);
    refuseForeign(orphans.filter(({ ours }) => !ours));
    const used = await usedConfigs(session, first.json);
    if (orphans.length === 0 && used === undefined) return first;
    const blocks = orphans.map(({ address, id }) => ({ to: address, id }));
    writeFileSync(file, JSON.stringify({ ...(blocks.length === 0 ? {} : { import: blocks }), ...used }));
    return await plan();
  } finally {
    // The saved plan contains it.
    rmSync(file, { force: true });
  }
}

/** What can't be looked up, such as Helm's Secrets by CI's plan role, counts as not there: an apply will say. */
async function existingOf(
  session: Session,
  { resource_changes: changes = [] }: PlanJson,
): Promise<Existing[]> {
  const created = changes.filter(
    ({ address, change }) =>
      change.actions.join() === "create" && change.importing === undefined && IN_CLUSTER.test(address),
  );
  const config = created.length === 0 ? undefined : await signedIn(session).catch(() => undefined);
  if (config === undefined) return [];
  const { KubernetesObjectApi } = await import("@kubernetes/client-node");
  const api = KubernetesObjectApi.makeApiClient(config);
  const found = await Promise.all(
    created.map((change) => existing(change, config, api).catch(() => undefined)),
  );
  return found.filter((each) => each !== undefined);
}

/** Signs in once, before many requests would each do so at the same time. */
async function signedIn(session: Session): Promise<KubeConfig | undefined> {
  const config = await session.kubernetes();
  await config?.applyToHTTPSOptions({});
  return config;
}

/** Rejects if there is no such object, or no such kind yet. */
async function existing(
  { address, type, change: { after } }: ResourceChange,
  config: KubeConfig,
  api: KubernetesObjectApi,
): Promise<Existing | undefined> {
  if (type === "helm_release") {
    const { name = "", namespace = "" } = after as { name?: string; namespace?: string };
    const revisions = await revisionsOf(config, namespace, name);
    // In a namespace of ours; one that was only begun is cleared, not adopted.
    return revisions.some((each) => !isPending(each))
      ? { address, id: `${namespace}/${name}`, shown: `release ${name} -n ${namespace}`, ours: true }
      : undefined;
  }
  // Loads all of the Kubernetes client.
  const { objectOf } = await import("../terraform/typed-object");
  const object = objectOf({ type, body: after as Readonly<Record<string, unknown>> });
  if (object === undefined) return undefined;
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  const place = namespace === undefined ? {} : { namespace };
  const found = await api.read(object);
  return {
    address,
    id:
      type === "kubernetes_manifest"
        ? Object.entries({ apiVersion, kind, ...place, name })
            .map((pair) => pair.join("="))
            .join()
        : Object.values({ ...place, name }).join("/"),
    shown: `${kind.toLowerCase()} ${name}${namespace === undefined ? "" : ` -n ${namespace}`}`,
    ours: Object.entries(OURS).every(([label, value]) => found.metadata?.labels?.[label] === value),
  };
}

function refuseForeign(foreign: readonly Existing[]): void {
  if (foreign.length === 0) return;
  const labels = Object.entries(OURS).map(([label, value]) => `${label}=${value}`);
  throw new CommandError(
    [
      "The cluster already has objects that this deploy would create, but without this project's labels, so nothing was changed:",
      "",
      ...foreign.map(({ shown }) => `  ${shown}`),
      "",
      `Find out who uses them. To hand them over to this project, which then manages them according to its settings: kubectl label --overwrite ${foreign[0]?.shown ?? ""} ${labels.join(" ")}`,
    ].join("\n"),
  );
}
