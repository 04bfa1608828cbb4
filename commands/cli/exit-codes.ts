/** Exit codes of every command. */
export const EXIT = {
  /** Done; warnings may have been told. */
  done: 0,
  /** Something is wrong, or was refused: the message says what and what mends it. */
  failed: 1,
  /** The command line itself is wrong: nothing was looked at. */
  usage: 2,
  /** `deploy` changed what it had to, but what it made could not be verified. */
  unverified: 3,
  /** `diff --exit-code` found changes. */
  changes: 4,
  /** Ended by Ctrl-C, SIGTERM or SIGHUP. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message and an exit code, and without a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
