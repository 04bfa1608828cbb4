import { failed, shown, type Finding } from "../cli/finding";
import { progress, type Step } from "../cli/progress";
import type { Session } from "../session/session";
import { couldNotCheck } from "../verification/could-not-check";
import { checks, drainCheck, type Check } from "../verification/verification";

/**
 * Verifies what was deployed, with progress.
 *
 * @param drainPath a stream that is held while its pod is evicted, if all else passed; without it, no pod is evicted
 */
export async function verify(session: Session, drainPath?: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  // Everything is deployed: a check that can't run now means unverified, not a failed deploy.
  const all = await checks(session).catch((error: unknown): Check[] => [
    { title: "the product", run: () => Promise.resolve(couldNotCheck("the product", error)) },
  ]);
  const step = ({ title, run }: Check): Step => ({
    title: `Verifying ${title}`,
    work: async () => {
      const finding = await run();
      findings.push(finding);
      return shown(finding);
    },
  });
  // In parallel, so that the waits overlap.
  await progress(all.map(step), { together: true });
  if (drainPath !== undefined && !failed(findings)) await progress([step(drainCheck(session, drainPath))]);
  return findings;
}
