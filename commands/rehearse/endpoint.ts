/** Where the rehearsal's AWS is. */
export interface Endpoint {
  readonly endpoint: string;
  /** As pods in its clusters reach it; undefined for an emulator that was there before, which says so by settings. */
  readonly fromPods?: string;
  /** File of what it says; undefined for an emulator that was there before. */
  readonly log?: string;
  /** Ends what was started for the rehearsal. */
  readonly stop: () => Promise<void>;
}
