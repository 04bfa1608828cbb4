import { shown, type Finding } from "../cli/finding";
import { keepImages } from "../images/keep";
import type { PlannedChanges } from "../plan/change";
import type { Session } from "../session/session";
import { deployStack, type DeployStackOptions } from "./stack";

/** Prints warnings and failures: a tally counts the rest. */
export function tell(findings: readonly Finding[]): void {
  for (const each of findings) if (each.status === "warn" || each.status === "fail") console.log(shown(each));
}

/**
 * Deploys `app`, and at once tags what runs: also if the deploy stopped half-way, and before anything else can go wrong. The
 * repositories' lifecycle must never find a running image without its tag.
 */
export async function deployAndKeep(session: Session, options: DeployStackOptions): Promise<PlannedChanges> {
  const { app } = await session.stacks();
  let begun = false;
  const begin = async () => {
    await options.begun?.();
    begun = true;
  };
  try {
    const outcome = await deployStack(session, app, { ...options, begun: begin });
    begun = true;
    return outcome;
  } finally {
    if (begun) tell(await keepImages(session));
  }
}
