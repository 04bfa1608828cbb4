/** The AWS endpoint of a rehearsal. */
export interface Endpoint {
  readonly endpoint: string;
  /** As pods in its clusters reach it; undefined for an emulator that was already running, for which a setting says so. */
  readonly fromPods?: string;
  /** Its log file; undefined for an emulator that was already running. */
  readonly log?: string;
  /** Stops what was started for the rehearsal. */
  readonly stop: () => Promise<void>;
}
