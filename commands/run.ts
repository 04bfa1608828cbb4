import { EnvironmentError } from "../environments";

/** Runs a command's work: its number is the exit code, and what a person can mend is told without a stack trace. */
export function run(work: () => number): void {
  try {
    process.exitCode = work();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
