import type { StackName } from "../../stacks/stack-names";
import type { CostDifference } from "../cost/difference";
import type { PlannedChanges } from "../plan/change";
import { summary } from "../plan/summary";

/**
 * What `npx wbot diff` found, and its JSON: see docs/diff.md. Fields are only added; removing one or changing its meaning
 * raises `version`.
 */
export interface Report {
  readonly version: 2;
  readonly environment: string;
  /** In the order of deployment. */
  readonly stacks: readonly StackReport[];
  /** What the planned stacks change in the monthly cost; left out if nothing. */
  readonly cost?: CostDifference;
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
  /** What the stack reads that infra changes. */
  readonly reads: readonly ChangedRead[];
  /** SHA-256 of all resource changes, without secrets; null if there is no plan. */
  readonly fingerprint: string | null;
}

export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export interface ChangedRead {
  /** Address of the resource in infra. */
  readonly address: string;
  /** "the cluster", for people. */
  readonly what: string;
  /** Whether app's plan depends on it; if not, only its pods do. */
  readonly atPlan: boolean;
}

export function changesAnything({ stacks }: Report): boolean {
  return stacks.some(({ changes, outputs }) => changes.length + outputs.length > 0);
}

/** A stack's part in one line: "app: 1 to update". */
export function outline(report: StackReport): string {
  const { stack, source, error } = report;
  if (error !== undefined) return `${stack}: could not be planned`;
  return `${stack}: ${summary(report)}${source === "synthesis" ? ", listed but not planned" : ""}`;
}

/** What is not known yet, and what it depends on in infra. */
export function caveats({ stack, notes, reads }: StackReport): string[] {
  return [
    ...notes,
    ...reads.map(({ what, atPlan }) =>
      atPlan
        ? `${stack} reads ${what}, which infra changes: ${stack}'s plan may differ once infra is deployed.`
        : `${stack} reads ${what}, which infra changes: the plan doesn't show it, but pods restart one by one with the new value.`,
    ),
  ];
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
