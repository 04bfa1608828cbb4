import { fetched, releasesOf, type Release } from "../../charts/package";
import { CommandError } from "../../cli/exit-codes";
import { fail, many, pass } from "../../cli/finding";
import { whyOf } from "../../cli/why";
import type { Check, Findings } from "../check";

/** Whether every chart can be downloaded from where Terraform would get it, and still matches its pin. */
export const charts: Check = async ({ session }) => {
  const all = releasesOf((await session.synthesized()).infra.json);
  const troubles = (await Promise.all(all.map(trouble))).flat();
  return troubles.length > 0 ? troubles : pass(`${many(all.length, "chart")} can be downloaded`);
};

async function trouble(release: Release): Promise<Findings> {
  const { chart, repository = "", version = "" } = release;
  try {
    await fetched(release);
    return [];
  } catch (error) {
    if (error instanceof CommandError) return fail(error.message);
    const from = repository.startsWith("oci://") ? `${repository}/${chart}` : `${chart} --repo ${repository}`;
    return fail(
      `${chart} ${version} can't be downloaded from ${repository} (${whyOf(error)})`,
      `export CHART_MIRROR=<an oci:// registry, or a folder of charts> (to fill a folder: helm pull ${from} --version ${version})`,
    );
  }
}
