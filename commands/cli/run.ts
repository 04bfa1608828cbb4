import { EnvironmentError } from "../../environments";
import { unwritable } from "../../stacks/unwritable";
import { asCommandError } from "./aws";
import { CommandError, EXIT, type ExitCode } from "./exit-codes";

/** Runs a command: the number it returns is the exit code, and errors that a user can fix print without a stack trace. */
export async function run(work: () => Promise<number>): Promise<void> {
  process.once("beforeExit", unfinished);
  try {
    process.exitCode = await work();
  } catch (thrown) {
    const error = unwritable(thrown) ?? asCommandError(thrown);
    if (!isForUser(error)) throw error;
    console.error(error.message);
    process.exitCode = exitCodeOf(error);
  } finally {
    process.off("beforeExit", unfinished);
  }
}

/** Nothing is left that the work could wait for: Node would exit with 0. */
function unfinished(): void {
  console.error("The command ended before its work was done: this is a bug in wbot.");
  process.exitCode = EXIT.failed;
}

/** Does some work; an error that a user can fix also says what is left by then. An interruption has its own message. */
export async function reportingWhatIsLeft<T>(left: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asCommandError(thrown);
    if (!isForUser(error) || exitCodeOf(error) === EXIT.interrupted) throw error;
    throw new CommandError(`${error.message}\n\n${left}`, exitCodeOf(error));
  }
}

/** Whether an error is one that a user can fix; otherwise, it is a mistake of this program. */
function isForUser(error: unknown): error is CommandError | EnvironmentError {
  return error instanceof CommandError || error instanceof EnvironmentError;
}

function exitCodeOf(error: CommandError | EnvironmentError): ExitCode {
  return error instanceof CommandError ? error.exitCode : EXIT.failed;
}
