import { NAMESPACE } from "../../environments/names";
import { CommandError, EXIT } from "../cli/exit-codes";
import type { Session } from "../session/session";
import { shownTrouble, troubles, type Trouble } from "./rollout";
import { workloadsOf } from "./workloads";

/** Interval between two checks of the pods (milliseconds). */
const PAUSE_MS = 10_000;

/**
 * Watches the workloads' pods while Terraform waits for their rollouts, for minutes and without output, and adds the
 * reason why they don't start to Terraform's error.
 */
export async function watching<T>(
  session: Session,
  work: Promise<T>,
  say: (line: string) => void,
  pause = PAUSE_MS,
): Promise<T> {
  const timer = setInterval(() => {
    void troublesOf(session).then(([first]) => {
      if (first) say(`${first.pod}: ${first.reason}`);
    });
  }, pause);
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === EXIT.interrupted) throw error;
    const found = await troublesOf(session);
    if (found.length === 0) throw error;
    throw new CommandError(
      `${error.message}\n\nPods that are not ready:\n\n${found.map(shownTrouble).join("\n").replace(/^/gm, "  ")}`,
      error.exitCode,
    );
  } finally {
    clearInterval(timer);
  }
}

/** Also empty if the cluster can't be reached: this only supplements Terraform's error. */
async function troublesOf(session: Session): Promise<Trouble[]> {
  try {
    const config = await session.kubernetes();
    if (config === undefined) return [];
    const found = await Promise.all(
      workloadsOf(session.environment).map(({ name }) => troubles(config, NAMESPACE, name)),
    );
    return found.flat();
  } catch {
    return [];
  }
}
