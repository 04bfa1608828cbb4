import { EnvironmentError } from "../../environments";
import { told } from "./aws";
import { CommandError } from "./exit-codes";

/** Runs a command's work: its number is the exit code, and what a person can mend is told without a stack trace. */
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
  const error = told(thrown);
  if (!(error instanceof EnvironmentError) && !(error instanceof CommandError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof CommandError ? error.exitCode : 1;
}
