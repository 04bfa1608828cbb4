import type { StackName } from "../../stacks/stack-names";

/**
 * What `npx wbot diff` found, and its JSON: see docs/diff.md. Fields are only ever added; whatever takes one away or
 * changes its meaning raises `version`.
 */
export interface Report {
  readonly version: 1;
  readonly environment: string;
  /** In the order of deployment. */
  readonly stacks: readonly StackReport[];
}

/** `plan`: what Terraform would do. `synthesis`: what would be made, as nothing can be planned yet. `none`: it failed. */
export type Source = "plan" | "synthesis" | "none";

export interface StackReport {
  readonly stack: StackName;
  readonly source: Source;
  /** Why there is no plan. */
  readonly error?: string;
  /** What cannot be known yet, as sentences. */
  readonly notes: readonly string[];
  /** What the stack reads that infra changes. */
  readonly reads: readonly ChangedRead[];
  /** Sorted by risk, the worst first. */
  readonly changes: readonly ReportedChange[];
  /** What others changed and the plan answers to. */
  readonly drift: readonly Drift[];
  /** SHA-256 over the changes; null where there is no plan. Secrets are no part of it. */
  readonly fingerprint: string | null;
}

/** How it may be printed. */
export const FORMATS = ["text", "markdown", "json"] as const;
export type Format = (typeof FORMATS)[number];

export const ACTIONS = ["delete", "replace", "update", "forget", "import", "move", "create"] as const;
/** `forget`: leaves the state and stays in the account. `import` and `move` alone change nothing but the state. */
export type ReportedAction = (typeof ACTIONS)[number];

export type Risk = "high" | "medium" | "low";
export type Label = "iam" | "network" | "secret";

export interface ReportedChange {
  readonly address: string;
  /** Construct path, such as "load-balancer/nlb". */
  readonly name: string;
  /** Terraform's type; of a custom resource its kind. */
  readonly type: string;
  readonly action: ReportedAction;
  readonly risk: Risk;
  readonly labels: readonly Label[];
  /** What the change means for what runs; empty where that needs no words. */
  readonly meaning: string;
  /** Of a replacement: whether the new one is there before the old one goes. */
  readonly createFirst?: boolean;
  /** Of a replacement: the arguments that force it. */
  readonly forcedBy: readonly string[];
  readonly differences: readonly ShownDifference[];
  /** Address before a move. */
  readonly previousAddress?: string;
  /** What is imported. */
  readonly importing?: string;
  /** Key of an old object that an earlier replacement left behind, and that goes now. */
  readonly deposed?: string;
  /** SHA-256 over this change; null where it was not planned. */
  readonly fingerprint: string | null;
}

/** Values are short JSON, or "(none)", "(sensitive)", "(known after apply)". */
export interface ShownDifference {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface Drift {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  /** Nothing of it is left. */
  readonly deleted: boolean;
  /** From what Terraform left to what was found. */
  readonly differences: readonly ShownDifference[];
}

export interface ChangedRead {
  /** Of the resource of infra. */
  readonly address: string;
  /** "the cluster", for people. */
  readonly what: string;
  /** Whether app's plan depends on it, or only its pods do. */
  readonly atPlan: boolean;
}

export function changesAnything({ stacks }: Report): boolean {
  return stacks.some((stack) => stack.changes.length > 0);
}

/** What a stack's part would be called in one line: "app: 1 to update". */
export function outline({ stack, source, error, changes: all }: StackReport): string {
  if (error !== undefined) return `${stack}: could not be planned`;
  return `${stack}: ${counted(all)}${source === "synthesis" ? ", listed and not planned" : ""}`;
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

/** "1 to replace, 2 to update"; "nothing to change" where there is nothing. */
function counted(all: readonly ReportedChange[]): string {
  const words = ACTIONS.map(
    (action) => [all.filter((each) => each.action === action).length, action] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} to ${action}`);
  return words.length === 0 ? "nothing to change" : words.join(", ");
}
