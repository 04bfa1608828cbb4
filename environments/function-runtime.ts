/** A runtime of Lambda's. AWS has postponed such days (UTC) before, never advanced them. */
export interface FunctionRuntime {
  /** Lambda stops patching it: functions keep running. */
  readonly deprecated: string;
  /** Lambda creates no more functions with it, and a month later updates none. */
  readonly creationBlocked: string;
}

/**
 * Oldest first. Terraform's AWS provider accepts nodejs24.x from version 6.19 on.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export const FUNCTION_RUNTIMES = {
  "nodejs22.x": { deprecated: "2027-04-30", creationBlocked: "2027-06-01" },
  "nodejs24.x": { deprecated: "2028-04-30", creationBlocked: "2028-06-01" },
} as const satisfies Record<string, FunctionRuntime>;

/** The one of the scheduled checks. */
export const FUNCTION_RUNTIME: keyof typeof FUNCTION_RUNTIMES = "nodejs22.x";
