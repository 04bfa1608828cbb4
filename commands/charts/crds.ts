import { isDeepStrictEqual } from "node:util";
import {
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { CHARTS } from "../../stacks/controllers";
import { chartFiles, releasesOf, type ChartSource, type Release } from "./package";
import { CommandError } from "../cli/exit-codes";
import { unlessGone } from "../cli/kubernetes";
import { fetchTrouble } from "../cli/network";
import type { Session } from "../session/session";
import { differing, type PlanJson } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import { reasonOf } from "../verification/could-not-check";

/** Releases whose charts have their CRDs in `crds/`, which Helm installs once and never upgrades. */
export const RELEASES: readonly string[] = ["traefik", "aws-load-balancer-controller"];
const FIELD_MANAGER = "wbot";

interface Crd extends KubernetesObject {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/** Custom resource definitions that differ between the charts and the cluster. */
export interface CrdUpgrade {
  /** Such as "middlewares.traefik.io". */
  readonly names: readonly string[];
  readonly apply: () => Promise<void>;
}

const NOTHING: CrdUpgrade = { names: [], apply: () => Promise.resolve() };

/**
 * The CRD upgrades that Helm does not do when a chart's version changes, found by a dry run on the API server. None if
 * there is no cluster or release yet, since installing the release creates them.
 *
 * @param plan what `folder` would change
 */
export async function crdUpgrade(
  session: Session,
  folder: StackFolder,
  plan: PlanJson,
  ask: typeof fetch = fetch,
): Promise<CrdUpgrade> {
  const releases = sources(folder);
  const config = releases.length > 0 ? await session.kubernetes() : undefined;
  if (config === undefined) return NOTHING;
  try {
    return await compared(KubernetesObjectApi.makeApiClient(config), releases, ask);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    // A run that was killed has left a cluster that nobody is let into yet.
    if (releases.every(({ name }) => isCreated(plan, name))) return NOTHING;
    throw new CommandError(
      `The cluster's CRDs, which Helm does not upgrade, can't be compared with the charts' (${reasonOf(error)}). Nothing was changed.`,
    );
  }
}

function isCreated({ resource_changes: changes = [] }: PlanJson, release: string): boolean {
  return changes.some(
    ({ type, change }) =>
      type === "helm_release" &&
      change.actions.join() === "create" &&
      (change.after as { readonly name?: string }).name === release,
  );
}

/** Releases whose charts a plan changes. Only a deploy compares their CRDs, since a dry run needs write access. */
export function releasesWithCrds({ resource_changes: changes = [] }: PlanJson): string[] {
  return changes.flatMap(({ type, change }) => {
    const { name = "" } = (change.after ?? {}) as { readonly name?: string };
    const isThere = change.before !== null && RELEASES.includes(name);
    const changed = differing(change).some((key) => key === "chart" || key === "version");
    return type === "helm_release" && isThere && changed ? [name] : [];
  });
}

async function compared(
  api: KubernetesObjectApi,
  releases: readonly ChartSource[],
  ask: typeof fetch,
): Promise<CrdUpgrade> {
  const charts = await Promise.all(releases.map((source) => crdsOf(source, ask)));
  const outdated: Crd[] = [];
  for (const brought of charts) outdated.push(...(await differingFrom(api, brought)));
  return {
    names: outdated.map(({ metadata }) => metadata.name).sort(),
    apply: async () => {
      for (const crd of outdated) await write(api, crd, false);
    },
  };
}

/** The CRDs of one chart that differ from the cluster's. */
async function differingFrom(api: KubernetesObjectApi, brought: readonly Crd[]): Promise<Crd[]> {
  const there = new Map<string, Crd>();
  for (const crd of brought) {
    const found = await read(api, crd);
    if (found) there.set(crd.metadata.name, found);
  }
  // None at all: the release does not exist yet, either.
  if (there.size === 0) return [];
  const outdated: Crd[] = [];
  for (const crd of brought) {
    const planned = await write(api, crd, true);
    if (!isDeepStrictEqual(there.get(crd.metadata.name)?.spec, planned.spec)) outdated.push(crd);
  }
  return outdated;
}

function sources({ json }: StackFolder): Release[] {
  return releasesOf(json)
    .filter(({ name }) => RELEASES.includes(name))
    .map((release) => ({
      ...release,
      digest: CHARTS.find(({ name }) => name === release.name)?.digest,
    }));
}

async function crdsOf(source: ChartSource, ask: typeof fetch): Promise<Crd[]> {
  const files = await chartFiles(source, ask).catch((error: unknown) => {
    if (error instanceof CommandError) throw error;
    const { chart, repository = "", version = "" } = source;
    throw new CommandError(
      `The CRDs of ${[repository, chart, version].filter((part) => part !== "").join(" ")} can't be read (${fetchTrouble(error)}), and Helm does not upgrade them. Nothing was changed. Make the registry reachable, or set a chart mirror: export CHART_MIRROR=<an oci:// registry, or a folder of charts>`,
    );
  });
  return [...files]
    .filter(([path]) => /^crds\/.*\.ya?ml$/.test(path))
    .flatMap(([, text]) => loadAllYaml(text) as (Crd | null)[])
    .filter((crd) => crd?.kind === "CustomResourceDefinition") as Crd[];
}

function read(api: KubernetesObjectApi, { apiVersion, kind, metadata }: Crd): Promise<Crd | undefined> {
  return unlessGone(api.read<Crd>({ apiVersion, kind, metadata } as Crd & { metadata: { name: string } }));
}

/** Server-side apply, forced: Helm, which created them, does not manage them afterwards. */
function write(api: KubernetesObjectApi, crd: Crd, dryRun: boolean): Promise<Crd> {
  return api.patch(
    crd,
    undefined,
    dryRun ? "All" : undefined,
    FIELD_MANAGER,
    true,
    PatchStrategy.ServerSideApply,
  );
}
