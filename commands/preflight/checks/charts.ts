import type { StackJson } from "../../synthesized";
import { fail, many, pass, type Check, type Found } from "../check";
import type { Outside, PreflightContext } from "../context";
import { hasManifest } from "../registry";

const INDEX_MS = 20_000;

interface ChartSource {
  readonly name: string;
  readonly chart: string;
  readonly repository?: string;
  readonly version?: string;
}

/** Whether every chart can be had from where Terraform would take it. */
export const charts: Omit<Check, "name"> = {
  aws: false,
  look: async ({ infra, outside }: PreflightContext) => {
    const all = sources(infra());
    const troubles = (await Promise.all(all.map((chart) => trouble(chart, outside)))).flat();
    return troubles.length > 0 ? troubles : [pass(`${many(all.length, "chart")} can be had`)];
  },
};

function sources(stack: StackJson): ChartSource[] {
  return Object.values(stack.resource?.["helm_release"] ?? {}) as unknown as ChartSource[];
}

async function trouble({ chart, repository, version = "" }: ChartSource, outside: Outside): Promise<Found[]> {
  // A file of a mirror: synthesis has looked for it.
  if (repository === undefined) return [];
  const from = repository.startsWith("oci://") ? `${repository}/${chart}` : `${chart} --repo ${repository}`;
  const mend = `export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull ${from} --version ${version})`;
  try {
    const there = repository.startsWith("oci://")
      ? await hasManifest(`${repository.slice("oci://".length)}/${chart}`, version, outside.fetch)
      : await inIndex(repository, chart, version, outside.fetch);
    return there ? [] : [fail(`${repository} has no ${chart} ${version}`, mend)];
  } catch (error) {
    return [fail(`${repository} can't be reached for ${chart} ${version} (${reason(error)})`, mend)];
  }
}

async function inIndex(
  repository: string,
  chart: string,
  version: string,
  ask: typeof fetch,
): Promise<boolean> {
  const answer = await ask(`${repository}/index.yaml`, { signal: AbortSignal.timeout(INDEX_MS) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  const index = await answer.text();
  // An entry names its packed file, and the file the chart and the version.
  return index.includes(`${chart}-${version}.tgz`);
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : message;
}
