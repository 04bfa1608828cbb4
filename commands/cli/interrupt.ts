import { CommandError, EXIT } from "./exit-codes";

/**
 * Ctrl-C, SIGTERM and SIGHUP. As it runs, a command sets the message for an interruption: what was left, and what to run
 * next. What must not outlive the process (a file with secrets) is cleaned up here, and what must end on its own (Terraform
 * writing its state) is waited for.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Signals within this time of an interruption are part of it (ms). The terminal sends Ctrl-C to every process and npm
 * forwards it to its script; if npm's shell is bash, which execs node, both arrive here.
 */
const ONE_INTERRUPTION_MS = 1_000;

export const FINISHING =
  "Interrupted: letting the current operation finish so state stays consistent. Press Ctrl-C again to stop now; resources being created may then be missing from Terraform's state.";
export const STOPPING = "Interrupted again: stopping now.";

let left = "Nothing was changed.";
let interruptedAt: number | undefined;
let waiting = 0;
let show = (text: string) => {
  console.error(`\n${text}`);
};
const cleanups = new Set<() => void>();
const listeners = new Set<(repeated: boolean) => void>();

/** Sets the message for an interruption from now on: what it leaves, and what to run next. */
export function ifInterrupted(text: string): void {
  left = text;
}

/** Runs `clean` however the program ends, unless the returned function is called first. */
export function cleanUpOnExit(clean: () => void): () => void {
  cleanups.add(clean);
  return () => {
    cleanups.delete(clean);
  };
}

/** Calls `listener` at each interruption (`again`: not the first), until the returned function is called. */
export function onInterruption(listener: (repeated: boolean) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Shows by other means that something is still waited for, until the returned function is called. */
export function showWaiting(by: (text: string) => void): () => void {
  const before = show;
  show = by;
  return () => {
    show = before;
  };
}

/** Waits for what must end on its own, such as a child process, then ends the program if it was interrupted. */
export async function untilItEnds<T>(work: Promise<T>): Promise<T> {
  waiting += 1;
  try {
    const result = await work;
    if (interruptedAt !== undefined) throw interruption();
    return result;
  } finally {
    waiting -= 1;
  }
}

/** Codes of output that nobody wants any more: a pipe that nobody reads, or a terminal that was closed. */
const UNREAD = ["EPIPE", "EIO"];

/** How often npm is looked for (ms). */
const PARENT_MS = 500;

export function listenForInterrupts(): void {
  if (process.env["npm_command"] !== undefined) watchNpm();
  // Without a listener Node would end, and take Terraform along.
  let lost: Error | undefined;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!UNREAD.includes(error.code ?? "")) lost ??= error;
  });
  process.stderr.on("error", () => undefined);
  process.on("exit", () => {
    for (const clean of cleanups) clean();
    if (lost === undefined) return;
    console.error(`Standard output can't be written (${lost.message}).`);
    process.exitCode = Number(process.exitCode ?? EXIT.done) || EXIT.failed;
  });
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      interrupt(signal);
    });
  }
}

/**
 * SIGTERM to npm (a container's or a service's stop) ends npm and its shell, which pass on nothing: the program would go
 * on unseen, and Terraform with it.
 */
function watchNpm(): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    interrupt("SIGTERM");
  }, PARENT_MS);
  timer.unref();
}

function interrupt(signal: (typeof SIGNALS)[number]): void {
  const repeated = interruptedAt !== undefined;
  if (interruptedAt !== undefined && !isAnother(signal, interruptedAt)) return;
  interruptedAt = performance.now();
  if (waiting > 0) {
    show(repeated ? STOPPING : FINISHING);
    for (const listener of listeners) listener(repeated);
    return;
  }
  console.error(`\n${interruption().message}`);
  process.exit(EXIT.interrupted);
}

/** A second SIGTERM or SIGHUP asks for what is already under way; only Ctrl-C means not to wait. */
function isAnother(signal: (typeof SIGNALS)[number], last: number): boolean {
  return signal === "SIGINT" && performance.now() - last >= ONE_INTERRUPTION_MS;
}

function interruption(): CommandError {
  return new CommandError(`Interrupted. ${left}`, EXIT.interrupted);
}
