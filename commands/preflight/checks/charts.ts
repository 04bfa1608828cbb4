import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CHARTS, type Chart } from "../../../environments/charts";
import { inRegistry, type ChartSource } from "../../charts/package";
import { publishedDigest, reason } from "../../charts/publisher";
import { emulator } from "../../cli/aws";
import type { StackJson } from "../../synthesized";
import { fail, many, pass, type Check, type Found } from "../check";
import type { Outside, PreflightContext } from "../context";
import { hasManifest } from "../registry";

const INDEX_MS = 20_000;

const PINNED: readonly Chart[] = Object.values(CHARTS);

/** Whether every chart can be had from where Terraform would take it, and is what it was when it was pinned. */
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
  if (repository === undefined) return packedTrouble(chart);
  const name = inRegistry(repository, chart);
  const from = name === undefined ? `${chart} --repo ${repository}` : `${repository}/${chart}`;
  const mend = `export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull ${from} --version ${version})`;
  try {
    const there =
      name === undefined
        ? await inIndex(repository, chart, version, outside.fetch)
        : await hasManifest(name, version, outside.fetch);
    if (!there) return [fail(`${repository} has no ${chart} ${version}`, mend)];
    const pinned = PINNED.find((each) => each.name === chart && each.version === version)?.digest;
    if (pinned === undefined) return [];
    return changed(
      chart,
      version,
      pinned,
      await publishedDigest({ name: chart, version, repository }, outside.fetch),
    );
  } catch (error) {
    return [fail(`${repository} can't be reached for ${chart} ${version} (${reason(error)})`, mend)];
  }
}

/** An emulator's charts may be stand-ins. */
function packedTrouble(file: string): Found[] {
  const of = PINNED.find(({ name, version }) => basename(file) === `${name}-${version}.tgz`);
  if (of?.digest === undefined || emulator() !== undefined) return [];
  return changed(
    of.name,
    of.version,
    of.digest,
    createHash("sha256").update(readFileSync(file)).digest("hex"),
  );
}

function changed(name: string, version: string, pinned: string, digest: string | undefined): Found[] {
  if (digest === pinned) return [];
  return [
    fail(
      `${name} ${version} is not what it was when it was pinned: its SHA-256 is ${digest ?? "not told"}, not ${pinned}`,
      "Find out why before you deploy it: a published version must not change. The pins are in environments/charts.ts",
    ),
  ];
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
