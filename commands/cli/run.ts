import { EnvironmentError } from "../../environments";
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
  console.error("The command ended before its work was done: this is a mistake in the command itself.");
  process.exitCode = EXIT.failed;
}

/** A checkout of another user's, a read-only one, or a full disk; undefined for any other error. */
function unwritable(thrown: unknown): CommandError | undefined {
  const { code = "", path = "" } = thrown as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: "no permission",
    EROFS: "read-only file system",
    ENOSPC: "no space left",
  };
  const why = reasons[code];
  if (why === undefined || path === "") return undefined;
  return new CommandError(
    `${path} can't be written or read: ${why}. Give this user access, or, for synthesized files, use another folder: export CDKTF_OUTDIR=<folder>`,
  );
}
