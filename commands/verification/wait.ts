/** Time between two looks. */
const PAUSE_MS = 3_000;

export interface WaitOptions {
  /** How long to look, at most (milliseconds). */
  readonly patience: number;
  /** Between two looks (milliseconds). @default 3000 */
  readonly pause?: number;
}

/** Looks again and again until what is found is good, or patience ends; the last thing found either way. */
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
