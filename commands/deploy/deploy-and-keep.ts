import type { Finding } from "../cli/finding";
import { keepImages } from "../images/keep";
import type { Session } from "../session/session";
import { deployStack, type DeployStackOptions, type StackOutcome } from "./stack";

export interface KeepOptions extends DeployStackOptions {
  /** Called with a warning for each image that could not be tagged. */
  readonly tell: (findings: readonly Finding[]) => void;
}

/**
 * Deploys `app`, and at once tags what runs: also if the deploy stopped half-way, and before anything else can go wrong. The
 * repositories' lifecycle must never find a running image without its tag.
 */
export async function deployAndKeep(session: Session, options: KeepOptions): Promise<StackOutcome> {
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
    if (begun) options.tell(await keepImages(session));
  }
}
