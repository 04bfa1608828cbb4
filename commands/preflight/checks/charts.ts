import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CHARTS } from "../../../stacks/controllers";
import { inRegistry, packedDigest, releasesOf, type ChartSource } from "../../charts/package";
import { index, listed } from "../../charts/publisher";
import { fetchTrouble } from "../../cli/network";
import { emulator } from "../../../environments/emulator";
import { fail, many, pass, skip, type Found } from "../../cli/finding";
import { findManifest } from "../../registry/registry";
import type { Check, Outside } from "../check";

/** Whether every chart can be downloaded from where Terraform would get it, and still matches its pin. */
export const charts: Check = async ({ session, stacks, outside }) => {
  if (!stacks.includes("infra")) return skip("infra is not to be deployed");
  const all = releasesOf((await session.synthesized()).infra.json);
  const troubles = (await Promise.all(all.map((chart) => trouble(chart, outside)))).flat();
  return troubles.length > 0 ? troubles : pass(`${many(all.length, "chart")} can be downloaded`);
};

async function trouble({ chart, repository, version = "" }: ChartSource, outside: Outside): Promise<Found[]> {
  // A file in a mirror: synthesis has checked that it exists.
  if (repository === undefined) return packedTrouble(chart);
  const name = inRegistry(repository, chart);
  const ask = outside.fetch;
  const from = name === undefined ? `${chart} --repo ${repository}` : `${repository}/${chart}`;
  const fix = `export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull ${from} --version ${version})`;
  try {
    // One download of the index (megabytes) gives both existence and digest. An entry has its package's file name.
    const text = name === undefined ? await index(repository, ask) : "";
    const there =
      name === undefined
        ? text.includes(`${chart}-${version}.tgz`)
        : (await findManifest(name, version, ask)) !== undefined;
    if (!there) return [fail(`${repository} has no ${chart} ${version}`, fix)];
    const pinned = CHARTS.find((each) => each.name === chart && each.version === version)?.digest;
    if (pinned === undefined) return [];
    const digest =
      name === undefined
        ? listed(text, chart).find((each) => each.version === version)?.digest
        : (await packedDigest(name, version, ask))?.replace("sha256:", "");
    return changed(chart, version, pinned, digest);
  } catch (error) {
    return [fail(`${repository} can't be reached for ${chart} ${version} (${fetchTrouble(error)})`, fix)];
  }
}

/** An emulator's charts may be stand-ins. */
function packedTrouble(file: string): Found[] {
  const of = CHARTS.find(({ name, version }) => basename(file) === `${name}-${version}.tgz`);
  if (of?.digest === undefined || emulator() !== undefined) return [];
  return changed(of.name, of.version, of.digest, hash("sha256", readFileSync(file)));
}

function changed(name: string, version: string, pinned: string, digest: string | undefined): Found[] {
  if (digest === pinned) return [];
  return [
    fail(
      `${name} ${version} does not match its pin: its SHA-256 is ${digest ?? "unknown"}, not ${pinned}`,
      "Find out why before you deploy it: a published version must not change. The pins are in constructs/platform/",
    ),
  ];
}
