import type { StackName } from "../../stacks/stack-names";
import type { PlannedChanges } from "../plan/change";
import { summary } from "../plan/summary";

/**
 * What `npx wbot diff` found, and its JSON: see docs/diff.md. Fields are only ever added; whatever takes one away or
 * changes its meaning raises `version`.
 */
export interface Report {
  readonly version: 2;
  readonly environment: string;
  /** In the order of deployment. */
  readonly stacks: readonly StackReport[];
}

/** `plan`: what Terraform would do. `synthesis`: what would be made, as nothing can be planned yet. `none`: it failed. */
export type Source = "plan" | "synthesis" | "none";

export interface StackReport extends PlannedChanges {
  readonly stack: StackName;
  readonly source: Source;
  /** Why there is no plan. */
  readonly error?: string;
  /** What cannot be known yet, as sentences. */
  readonly notes: readonly string[];
  /** What the stack reads that infra changes. */
  readonly reads: readonly ChangedRead[];
  /** SHA-256 over the changes of resources; null where there is no plan. Secrets are no part of it. */
  readonly fingerprint: string | null;
}

/** How it may be printed. */
export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export interface ChangedRead {
  /** Of the resource of infra. */
  readonly address: string;
  /** "the cluster", for people. */
  readonly what: string;
  /** Whether app's plan depends on it, or only its pods do. */
  readonly atPlan: boolean;
}

export function changesAnything({ stacks }: Report): boolean {
  return stacks.some(({ changes, outputs }) => changes.length + outputs.length > 0);
}

/** What a stack's part would be called in one line: "app: 1 to update". */
export function outline(report: StackReport): string {
  const { stack, source, error } = report;
  if (error !== undefined) return `${stack}: could not be planned`;
  return `${stack}: ${summary(report)}${source === "synthesis" ? ", listed and not planned" : ""}`;
}

/** What cannot be known yet, and what of infra it hangs on. */
export function caveats({ stack, notes, reads }: StackReport): string[] {
  return [
    ...notes,
    ...reads.map(({ what, atPlan }) =>
      atPlan
        ? `${stack} reads ${what}, which infra changes: ${stack}'s part may differ once infra is deployed.`
        : `${stack} reads ${what}, which infra changes: no plan shows that, but pods are restarted one by one with the new value.`,
    ),
  ];
}

/** "dev: nothing changes."; undefined where there is more to say. */
export function nothingChanges(report: Report): string | undefined {
  if (changesAnything(report) || failed(report)) return undefined;
  const [only, more] = report.stacks;
  return `${report.environment}: nothing changes${only !== undefined && more === undefined ? ` in ${only.stack}` : ""}.`;
}

export function failed({ stacks }: Report): boolean {
  return stacks.some(({ error }) => error !== undefined);
}
