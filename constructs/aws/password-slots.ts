/** Which generation each of the two password slots holds, and which slot clients use. */
export interface PasswordSlots {
  readonly generations: readonly [number, number];
  readonly active: 0 | 1;
}

/**
 * The slots at one step of a rotation. An odd step generates a new password in the unused slot; the next, even, step
 * switches clients to it. The old one stays valid until the step after, so no request fails in between.
 *
 *     step   0   1   2   3   4   5
 *     slot 0 0*  0*  0   1   1*  1*      * the active one
 *     slot 1 0   1   1*  1*  1   2
 */
export function passwordSlots(step: number): PasswordSlots {
  return {
    generations: [Math.floor((step + 1) / 4), Math.floor((step + 3) / 4)],
    active: Math.floor(step / 2) % 2 === 0 ? 0 : 1,
  };
}
