import { CommandError, EXIT } from "./exit-codes";

/**
 * Ctrl-C, SIGTERM and SIGHUP. A command says as it goes what an interruption leaves and what to run next; what must not
 * outlive it (a file with secrets) is cleaned up here, and a child process that must end by itself (Terraform writing
 * its state) is waited for.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const IN_ORDER =
  "Interrupted: what has begun is let end, so that nothing is half-written. A second time ends it at once; Terraform's state may then lack what it was just making.";
const AT_ONCE = "Interrupted again: ending at once.";

let left = "Nothing was changed.";
let interrupted = false;
let waiting = 0;
const cleanups = new Set<() => void>();

/** What an interruption from now on leaves, and what to run next. */
export function ifInterrupted(text: string): void {
  left = text;
}

/** Runs `clean` however the program ends, unless the returned function was called before. */
export function cleanUpOnExit(clean: () => void): () => void {
  cleanups.add(clean);
  return () => {
    cleanups.delete(clean);
  };
}

/**
 * Waits for a child process that gets the terminal's Ctrl-C itself and ends in its own time; afterwards ends the
 * program if there was one.
 */
export async function untilItEnds<T>(child: Promise<T>): Promise<T> {
  waiting += 1;
  try {
    const result = await child;
    if (interrupted) throw interruption();
    return result;
  } finally {
    waiting -= 1;
  }
}

export function listenForInterrupts(): void {
  process.on("exit", () => {
    for (const clean of cleanups) clean();
  });
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const again = interrupted;
      interrupted = true;
      if (waiting > 0) {
        console.error(again ? `\n${AT_ONCE}` : `\n${IN_ORDER}`);
        return;
      }
      console.error(`\n${interruption().message}`);
      process.exit(EXIT.interrupted);
    });
  }
}

function interruption(): CommandError {
  return new CommandError(`Interrupted. ${left}`, EXIT.interrupted);
}
