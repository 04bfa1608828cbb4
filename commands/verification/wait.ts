import { setTimeout as sleep } from "node:timers/promises";
import { ApiException } from "@kubernetes/client-node";

const PAUSE_MS = 3_000;

/** What one attempt to see that something holds has found. */
export interface Attempt {
  /** "warn": what doesn't hold, but isn't a failure if it never does. */
  readonly status: "pass" | "warn" | "fail";
  readonly why: string;
  /** Whether another attempt would find the same. @default false */
  readonly final?: boolean;
}

/** Tries until something holds, for so long (ms) at most; returns what the last attempt found, or throws what it threw. */
export async function untilItHolds(
  attempt: () => Promise<Attempt>,
  patience: number,
  pause = PAUSE_MS,
): Promise<Pick<Attempt, "status" | "why">> {
  const end = performance.now() + patience;
  for (;;) {
    const isLast = () => performance.now() + pause > end;
    try {
      const { status, why, final = false } = await attempt();
      if (status === "pass" || final || isLast()) return { status, why };
    } catch (error) {
      if (isRefusal(error) || isLast()) throw error;
    }
    await sleep(pause);
  }
}

/** What Kubernetes would answer again: not its own failures, which pass, nor that it has too much to do. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiException && error.code < 500 && error.code !== 429;
}
