/** Exit codes of every command. */
export const EXIT = {
  /** Done, perhaps with warnings. */
  done: 0,
  /** Something failed or was refused: the message says what, and how to fix it. */
  failed: 1,
  /** The command line is wrong: nothing was done. */
  usage: 2,
  /** `deploy` applied its changes, but could not verify the result. */
  unverified: 3,
  /** `diff --exit-code` found changes. */
  changes: 4,
  /** Interrupted by Ctrl-C, SIGTERM or SIGHUP. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a message and an exit code, without a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
