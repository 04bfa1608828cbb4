import { CommandError } from "./exit-codes";
import { confirm, interactive } from "./terminal";

interface Confirmation {
  readonly question: string;
  readonly yes: boolean;
  /** How the command ends without a yes: "infra was not deployed". */
  readonly refused: string;
  /** What skips the question on the command line. @default "--yes" */
  readonly option?: string;
}

/** Asks a person to confirm, and ends the command without a yes. */
export async function requireConfirmation(confirmation: Confirmation): Promise<void> {
  const { question, yes, refused, option = "--yes" } = confirmation;
  if (yes) return;
  if (!interactive())
    throw new CommandError(
      `${refused}: confirmation needs a terminal. To continue without confirmation: ${option}`,
    );
  if (!(await confirm(question))) throw new CommandError(`${refused}: not confirmed.`);
}
