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
  /** Of an update that makes a node group smaller: how many nodes go at once. */
  readonly removedNodes?: number | undefined;
  /** Of a replacement: whether the new one is created before the old one is destroyed. */
  readonly createFirst?: boolean | undefined;
  /** Of a replacement under another name: the address of the old one. */
  readonly replaces?: string | undefined;
  /** Why a deploy refuses it, since AWS would in the middle of an apply, and what to do instead. */
  readonly refused?: string | undefined;
  /** Of a replacement: the arguments that force it. */
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
