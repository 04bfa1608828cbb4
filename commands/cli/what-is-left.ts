import { EnvironmentError } from "../../environments";
import { asCommandError } from "./aws";
import { CommandError, EXIT } from "./exit-codes";

/** Does some work; an error that a user can fix also says what is left by then. An interruption has its own message. */
export async function reportingWhatIsLeft<T>(left: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asCommandError(thrown);
    if (error instanceof EnvironmentError) throw new CommandError(`${error.message}\n\n${left}`);
    if (!(error instanceof CommandError) || error.exitCode === EXIT.interrupted) throw error;
    throw new CommandError(`${error.message}\n\n${left}`, error.exitCode);
  }
}
