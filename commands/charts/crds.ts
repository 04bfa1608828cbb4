import {
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { chartFiles, releasesOf, type ChartSource } from "./package";
import { CommandError } from "../cli/exit-codes";
import { whyOf } from "../cli/why";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";

/** Releases whose charts have their CRDs in `crds/`, which Helm installs once and never upgrades. */
export const RELEASES: readonly string[] = ["traefik", "aws-load-balancer-controller"];
const FIELD_MANAGER = "wbot";

/**
 * Upgrades the CRDs of charts that a plan changes, which Helm does not do: installing a release creates its CRDs. Reads all of
 * them before it writes any.
 */
export async function upgradeCrds(session: Session, folder: StackFolder, plan: PlanJson): Promise<void> {
  const names = releasesWithCrds(plan);
  const config = names.length > 0 ? await session.kubernetes() : undefined;
  if (config === undefined) return;
  const changed = releasesOf(folder.json).filter(({ name }) => names.includes(name));
  const crds = (await Promise.all(changed.map(crdsOf))).flat();
  const api = KubernetesObjectApi.makeApiClient(config);
  // Server-side apply, forced: Helm, which created them, does not manage them afterwards.
  for (const crd of crds)
    await api.patch(crd, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply);
}

/** Releases whose charts a plan changes, of those whose CRDs Helm never upgrades. */
export function releasesWithCrds({ resource_changes: changes = [] }: PlanJson): string[] {
  return changes.flatMap(({ type, change }) => {
    const { name = "" } = (change.after ?? {}) as { readonly name?: string };
    const isInstalled = change.before !== null && RELEASES.includes(name);
    const changed = differing(change).some((key) => key === "chart" || key === "version");
    return type === "helm_release" && isInstalled && changed ? [name] : [];
  });
}

async function crdsOf(source: ChartSource): Promise<KubernetesObject[]> {
  const files = await chartFiles(source).catch((error: unknown) => {
    if (error instanceof CommandError) throw error;
    const { chart, repository = "", version = "" } = source;
    throw new CommandError(
      `The CRDs of ${[repository, chart, version].filter((part) => part !== "").join(" ")} can't be read (${whyOf(error)}), and Helm does not upgrade them. Nothing was changed. Make the registry reachable, or set a chart mirror: export CHART_MIRROR=<an oci:// registry, or a folder of charts>`,
    );
  });
  return [...files]
    .filter(([path]) => /^crds\/.*\.ya?ml$/.test(path))
    .flatMap(([, text]) => loadAllYaml(text) as (KubernetesObject | null)[])
    .filter((crd) => crd?.kind === "CustomResourceDefinition") as KubernetesObject[];
}
