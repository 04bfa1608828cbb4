/**
 * Which generation each of Redis's two password slots holds at one step of a rotation, and which slot clients use. An odd step
 * generates a new password in the unused slot; the next, even, step switches clients to it. The old one stays valid until the
 * step after, so no request fails in between.
 *
 *     step   0   1   2   3   4   5
 *     slot 0 0*  0*  0   1   1*  1*      * the active one
 *     slot 1 0   1   1*  1*  1   2
 */
export function passwordSlots(step: number): { generations: readonly [number, number]; active: 0 | 1 } {
  return {
    generations: [Math.floor((step + 1) / 4), Math.floor((step + 3) / 4)],
    active: Math.floor(step / 2) % 2 === 0 ? 0 : 1,
  };
}
