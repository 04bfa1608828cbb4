import { setTimeout as sleep } from "node:timers/promises";

/** Time between two attempts. */
const PAUSE_MS = 3_000;

/** What one attempt to see that something holds has found. */
export interface Attempt {
  readonly status: "pass" | "fail";
  readonly why: string;
  /** Whether another attempt would find the same. @default false */
  readonly final?: boolean;
}

/** Tries until something holds, for so long (ms) at most; returns what the last attempt found. */
export async function untilItHolds(
  attempt: () => Promise<Attempt>,
  patience: number,
  pause = PAUSE_MS,
): Promise<Pick<Attempt, "status" | "why">> {
  const end = performance.now() + patience;
  for (;;) {
    const { status, why, final = false } = await attempt();
    if (status === "pass" || final || performance.now() + pause > end) return { status, why };
    await sleep(pause);
  }
}
