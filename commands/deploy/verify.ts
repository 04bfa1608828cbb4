import { shown, type Finding } from "../cli/finding";
import { progress } from "../cli/progress";
import type { Session } from "../session/session";
import { couldNotCheck } from "../verification/could-not-check";
import { looks, type Look } from "../verification/verification";

/** Verifies what was deployed, with progress. */
export async function verify(session: Session, silent: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  // Everything is deployed: a check that can't run now means unverified, not a failed deploy.
  const all = await looks(session).catch((error: unknown): Look[] => [
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
  // In parallel, so that the waits overlap.
  await progress({}, steps, { together: true, silent });
  return findings;
}
