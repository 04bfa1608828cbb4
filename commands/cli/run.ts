import { EnvironmentError } from "../../environments";
import { asCommandError } from "./aws";
import { CommandError } from "./exit-codes";

/** Runs a command: the number it returns is the exit code, and errors that a user can fix print without a stack trace. */
export function run(work: () => number | Promise<number>): void {
  try {
    const result = work();
    if (typeof result === "number") process.exitCode = result;
    else
      result.then(
        (code) => {
          process.exitCode = code;
        },
        (error: unknown) => {
          fail(error);
        },
      );
  } catch (error) {
    fail(error);
  }
}

function fail(thrown: unknown): void {
  const error = asCommandError(thrown);
  if (!(error instanceof EnvironmentError) && !(error instanceof CommandError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
