import { requireConfirmation } from "../cli/confirmation";
import { EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { pushUnwritten } from "../leftovers/unwritten-state";
import { init, terraformOutput } from "../terraform/program";

/** Releases the lock that a killed run has left on a stack's state. Terraform refuses any other id than the lock's. */
export async function unlock(
  session: Session,
  stack: StackName,
  id: string,
  yes: boolean,
): Promise<ExitCode> {
  const { environment } = session;
  const { name } = environment;
  await requireConfirmation({
    question: `Has the run that locked ${stack} of ${name} ended? Two concurrent runs corrupt the state.`,
    yes,
    refused: "Nothing was unlocked",
  });
  const folder = (await session.synthesized())[stack];
  await init(folder);
  ifInterrupted(
    `To see whether the state of ${stack} is still locked, run the same command again: ${commandLine("state", environment, `unlock ${stack} ${id}`)}`,
  );
  await terraformOutput(folder, ["force-unlock", "-force", id], `The state of ${stack} is still locked`);
  console.log(`The state of ${stack} of ${name} is unlocked.`);
  return EXIT.done;
}

/** Pushes the states that an earlier apply in this folder could not write. */
export async function pushStates(session: Session): Promise<ExitCode> {
  const folders = await session.synthesized();
  ifInterrupted(
    `A state that was not written is still in its file. To continue: ${commandLine("state", session.environment, "push")}`,
  );
  for (const stack of STACKS) {
    const folder = folders[stack];
    await init(folder);
    if (await pushUnwritten(folder)) console.log(`The state of ${stack} is written.`);
  }
  return EXIT.done;
}
