import { setTimeout as sleep } from "node:timers/promises";
import { ApiException } from "@kubernetes/client-node";
import { awsTrouble } from "./aws";
import type { Found } from "./finding";

const PAUSE_MS = 3_000;

/** What one attempt to see that something holds has found. */
export interface Attempt extends Omit<Found, "fix"> {
  /** Whether another attempt would find the same. @default false */
  readonly final?: boolean;
}

interface Waiting {
  /** Between two attempts (milliseconds). @default 3000 */
  readonly pause?: number | undefined;
  /** What to do about it; asked for only if it doesn't hold. @default - nothing */
  readonly fix?: () => string | Promise<string>;
}

/** Tries until something holds, at most until the timeout; returns what the last attempt found, or throws what it threw. */
export async function untilItHolds(
  attempt: () => Promise<Attempt>,
  timeoutMs: number,
  { pause = PAUSE_MS, fix = () => "" }: Waiting = {},
): Promise<Found> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const isLast = () => performance.now() + pause > end;
    const found = await attempt().catch((error: unknown) => {
      if (isRefusal(error) || isLast()) throw error;
      return undefined;
    });
    if (found !== undefined) {
      const { status, why, final = false } = found;
      if (status === "pass") return { status, why };
      if (final || isLast()) return { status, why, fix: await fix() };
    }
    await sleep(pause);
  }
}

/** Whether another attempt would fail as well: not after an outage of Kubernetes, which passes, nor after throttling. */
function isRefusal(error: unknown): boolean {
  const { kind } = awsTrouble(error) ?? {};
  if (kind === "credentials" || kind === "denied") return true;
  return error instanceof ApiException && error.code < 500 && error.code !== 429;
}
