/** Tags that move with an environment, and whose images are never expired. All others never move. */
export const RUNNING = "running-";
export const PREVIOUS = "previous-";

/** "running-prod": the tag of what an environment runs, or ran before. */
export function kept(prefix: typeof RUNNING | typeof PREVIOUS, environment: string): string {
  return `${prefix}${environment}`;
}
