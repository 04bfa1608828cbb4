import type { Environment } from "../../environments";
import { missingCluster } from "../../environments/hints";
import { CommandError } from "../cli/exit-codes";
import { shown, type Finding } from "../cli/finding";
import { clusterOf } from "../cli/kubernetes";
import { progress } from "../cli/progress";
import { couldNotCheck } from "../verification/could-not-check";
import { looks, type Look } from "../verification/verification";

/** Looks at everything that was deployed, with progress. */
export async function verify(environment: Environment, silent: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  // Everything is deployed: what can't be looked at now makes it unverified, and no failed deploy.
  const all = await looksOf(environment).catch((error: unknown): Look[] => [
    { title: "the product", look: () => Promise.resolve(couldNotCheck("the product", error)) },
  ]);
  const steps = all.map(({ title, look }) => ({
    title: `Verifying ${title}`,
    work: async () => {
      const finding = await look();
      findings.push(finding);
      return shown(finding);
    },
  }));
  // Side by side: what is not ready yet is waited for only once.
  await progress({}, steps, { together: true, silent });
  return findings;
}

async function looksOf(environment: Environment): Promise<Look[]> {
  const config = await clusterOf(environment);
  if (config === undefined) throw new CommandError(missingCluster(environment));
  return looks(environment, config);
}
