/** What goes or is replaced first, then what stays, then what is new. */
export const ACTIONS = ["delete", "replace", "update", "forget", "import", "move", "create"] as const;
/** `forget`: leaves the state and stays in the account. `import` and `move` alone change nothing but the state. */
export type Action = (typeof ACTIONS)[number];

export type Risk = "high" | "medium" | "low";
export type Label = "iam" | "network" | "secret";

/** What a plan does to one resource, without its secrets. */
export interface Change {
  readonly address: string;
  /** Construct path, such as "load-balancer/nlb". */
  readonly name: string;
  /** Terraform's type; of a custom resource its kind. */
  readonly type: string;
  readonly action: Action;
  readonly risk: Risk;
  /** What the risk is, for what runs; empty where that needs no words. */
  readonly why: string;
  readonly labels: readonly Label[];
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

/** Something that others changed since the last run. */
export interface Drift {
  readonly address: string;
  readonly name: string;
  readonly type: string;
  /** Nothing of it is left. */
  readonly deleted: boolean;
  /** From what Terraform left to what was found. */
  readonly differences: readonly ShownDifference[];
}

/** All that a plan does and answers to. */
export interface PlannedChanges {
  /** Sorted by risk, the worst first. */
  readonly changes: readonly Change[];
  /** The stack's outputs, by name. */
  readonly outputs: readonly ShownDifference[];
  /** What others changed and the plan answers to. */
  readonly drift: readonly Drift[];
}
