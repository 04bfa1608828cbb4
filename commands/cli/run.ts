import { EnvironmentError } from "../../environments";
import { unwritable } from "../../stacks/unwritable";
import { asCommandError } from "./aws";
import { CommandError, EXIT } from "./exit-codes";

/** Runs a command: the number it returns is the exit code, and errors that a user can fix print without a stack trace. */
export async function run(work: () => Promise<number>): Promise<void> {
  process.once("beforeExit", unfinished);
  try {
    process.exitCode = await work();
  } catch (thrown) {
    const error = unwritable(thrown) ?? asCommandError(thrown);
    if (!(error instanceof EnvironmentError) && !(error instanceof CommandError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof CommandError ? error.exitCode : EXIT.failed;
  } finally {
    process.off("beforeExit", unfinished);
  }
}

/** Nothing is left that the work could wait for: Node would exit with 0. */
function unfinished(): void {
  console.error("The command ended before its work was done: this is a bug in wbot.");
  process.exitCode = EXIT.failed;
}
