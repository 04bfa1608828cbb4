import { CommandError } from "./exit-codes";
import { confirm, interactive } from "./terminal";

/** How a command ends that may not go on. */
export interface Refusals {
  /** Without a terminal; names the option that skips the question. */
  readonly withoutTerminal: string;
  /** After any answer but yes. */
  readonly declined: string;
}

/** Asks a person to confirm, and ends the command without a yes. */
export async function requireConfirmation(
  question: string,
  { withoutTerminal, declined }: Refusals,
): Promise<void> {
  if (!interactive()) throw new CommandError(withoutTerminal);
  if (!(await confirm(question))) throw new CommandError(declined);
}
