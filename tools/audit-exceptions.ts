/** An advisory of high or critical severity that production dependencies may have for a while, and why. */
export interface Exception {
  /** As GitHub numbers it: "GHSA-xxxx-xxxx-xxxx". */
  readonly advisory: string;
  /** Package that it is about. */
  readonly package: string;
  /** Why it can't hurt here, or what stands in the way of mending it. */
  readonly reason: string;
  /** Last day of it ("2027-01-31"): it must be looked at again then. */
  readonly until: string;
}

export const EXCEPTIONS: readonly Exception[] = [];
