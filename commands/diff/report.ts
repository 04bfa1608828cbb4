import type { StackName } from "../../stacks/stack-names";
import type { CostDifference } from "../cost/difference";
import type { PlannedChanges } from "../plan/change";
import { summary } from "../plan/summary";

/**
 * What `npx wbot diff` found, and its JSON: see docs/diff.md. Fields are only added; removing one or changing its meaning
 * raises `version`.
 */
export interface Report {
  readonly version: 3;
  readonly environment: string;
  /** In the order of deployment. */
  readonly stacks: readonly StackReport[];
  /** What the planned stacks change in the monthly cost; left out if nothing. */
  readonly cost?: CostDifference | undefined;
}

/** `plan`: what Terraform would do. `synthesis`: what would be created, if planning is not possible yet. `none`: it failed. */
export type Source = "plan" | "synthesis" | "none";

export interface StackReport extends PlannedChanges {
  readonly stack: StackName;
  readonly source: Source;
  /** Why there is no plan. */
  readonly error?: string;
  /** What is not known yet, as sentences. */
  readonly notes: readonly string[];
}

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export function changesAnything({ stacks }: Report): boolean {
  return stacks.some(({ changes, outputs }) => changes.length + outputs.length > 0);
}

/** A stack's part in one line: "app: 1 to update". */
export function outline(report: StackReport): string {
  const { stack, source, error } = report;
  if (error !== undefined) return `${stack}: could not be planned`;
  return `${stack}: ${summary(report)}${source === "synthesis" ? ", listed but not planned" : ""}`;
}

/** "dev: nothing changes."; undefined if something does. */
export function nothingChanges(report: Report): string | undefined {
  if (changesAnything(report) || failed(report)) return undefined;
  const [only, more] = report.stacks;
  return `${report.environment}: nothing changes${only !== undefined && more === undefined ? ` in ${only.stack}` : ""}.`;
}

export function failed({ stacks }: Report): boolean {
  return stacks.some(({ error }) => error !== undefined);
}
