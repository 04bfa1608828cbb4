/** Time between two checks. */
const PAUSE_MS = 3_000;

export interface WaitOptions {
  /** How long to keep checking, at most (milliseconds). */
  readonly patience: number;
  /** Between two checks (milliseconds). @default 3000 */
  readonly pause?: number;
}

/** Checks repeatedly until the result is good or patience runs out; returns the last result either way. */
export async function waitUntil<T>(
  look: () => Promise<T>,
  good: (found: T) => boolean,
  { patience, pause = PAUSE_MS }: WaitOptions,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (good(found) || performance.now() + pause > end) return found;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
