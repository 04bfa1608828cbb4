/** Deletions and replacements first, then what stays, then what is new. */
export const ACTIONS = ["delete", "replace", "update", "forget", "import", "move", "create"] as const;
/** `forget`: removed from the state, kept in the account. `import` and `move` by themselves only change the state. */
export type Action = (typeof ACTIONS)[number];

export const RISKS = ["high", "medium", "low"] as const;
export type Risk = (typeof RISKS)[number];
export type Label = "iam" | "network" | "secret";

/** What a plan does to one resource, with secrets redacted. */
export interface Change {
  readonly address: string;
  /** Construct path, such as "load-balancer/nlb". */
  readonly name: string;
  /** Terraform's type, or the kind of a custom resource. */
  readonly type: string;
  readonly action: Action;
  readonly risk: Risk;
  /** What the change does to the running product; empty if there is nothing to say. */
  readonly why: string;
  readonly labels: readonly Label[];
  /** How many nodes go at once, if an update makes a node group smaller. */
  readonly removedNodes?: number | undefined;
  /** Whether a replacement creates the new one before it destroys the old one. */
  readonly createFirst?: boolean | undefined;
  /** Address of the old one, if it is replaced under another name. */
  readonly replaces?: string | undefined;
  /** Why a deploy refuses it, since AWS would in the middle of an apply, and what to do instead. */
  readonly refused?: string | undefined;
  /** The arguments that force a replacement. */
  readonly forcedBy: readonly string[];
  readonly differences: readonly ShownDifference[];
  /** Address before a move. */
  readonly previousAddress?: string | undefined;
  /** Id of what is imported. */
  readonly importing?: string | undefined;
  /** Key of an old object that an earlier replacement left behind, and that is destroyed now. */
  readonly deposed?: string | undefined;
  /** SHA-256 of this change; null if it was not planned. */
  readonly fingerprint: string | null;
}

/**
 * Values are JSON, or "(none)", "(sensitive)", "(known after apply)": whole, but of long lists, and of texts with many lines
 * as lists of these, "…" stands for what both sides begin and end with.
 */
export interface ShownDifference {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Everything a plan does. */
export interface PlannedChanges {
  /** Sorted by risk, highest first. */
  readonly changes: readonly Change[];
  /** The stack's outputs, by name. */
  readonly outputs: readonly ShownDifference[];
}
