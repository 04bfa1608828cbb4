/**
 * What `terraform show -json` prints for a saved plan, as far as it is used here.
 * @see https://developer.hashicorp.com/terraform/internals/json-format
 */
export interface PlanJson {
  /** Whether an apply would change anything, even if only the state. @default - this version of Terraform doesn't say */
  readonly applyable?: boolean;
  readonly resource_changes?: readonly ResourceChange[];
  /** What differs from the state: changed outside Terraform since the last run. */
  readonly resource_drift?: readonly ResourceChange[];
  readonly output_changes?: Readonly<Record<string, Omit<ValueChange, "replace_paths" | "importing">>>;
  readonly variables?: Readonly<Record<string, { readonly value?: unknown }>>;
  /** Data sources that were read are here, too. */
  readonly prior_state?: {
    readonly values?: {
      readonly root_module?: {
        readonly resources?: readonly {
          readonly address: string;
          readonly type?: string;
          readonly values?: unknown;
          readonly sensitive_values?: unknown;
          /** Addresses of what it needs, directly or not: those in the state and those in the configuration. */
          readonly depends_on?: readonly string[];
        }[];
      };
    };
  };
  readonly configuration?: {
    readonly root_module?: {
      readonly variables?: Readonly<Record<string, { readonly sensitive?: boolean }>>;
      readonly resources?: readonly {
        readonly address: string;
        readonly expressions?: Readonly<Record<string, unknown>>;
      }[];
    };
  };
}

/** Attributes and indexes, outermost first. */
export type Path = readonly (string | number)[];

export interface ResourceChange {
  readonly address: string;
  /** Before a move. */
  readonly previous_address?: string | undefined;
  readonly mode: string;
  readonly type: string;
  /** Key of an old object that a replacement could not destroy. */
  readonly deposed?: string;
  readonly action_reason?: string;
  readonly change: ValueChange;
}

export interface ValueChange {
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly after_unknown: unknown;
  /** Shaped like the values, with `true` for sensitive ones. */
  readonly before_sensitive?: unknown;
  readonly after_sensitive?: unknown;
  /** Arguments that force a replacement. */
  readonly replace_paths?: readonly Path[] | undefined;
  readonly importing?: { readonly id?: string | undefined } | undefined;
}

/** Addresses of what a resource needs, by the state; none of one that isn't in it. */
export function neededBy(address: string, { prior_state: prior }: PlanJson): readonly string[] {
  const resources = prior?.values?.root_module?.resources ?? [];
  return resources.find((each) => each.address === address)?.depends_on ?? [];
}

/** What a plan deletes. */
export function deletions({ resource_changes: changes = [] }: PlanJson): ResourceChange[] {
  return changes.filter(({ mode, change }) => mode === "managed" && change.actions.join() === "delete");
}

/** Whether it is a custom resource, for which the Kubernetes provider has no type of its own. */
export function isManifest(type: string): boolean {
  return type === "kubernetes_manifest";
}

/** Terraform's type, or the kind of a custom resource. */
export function kindOf({ type, change }: Pick<ResourceChange, "type" | "change">): string {
  if (!isManifest(type)) return type;
  const { manifest } = (change.after ?? change.before ?? {}) as { manifest?: { kind?: string } };
  return manifest?.kind ?? type;
}

/** Arguments that differ, or may differ after apply. */
export function differing(change: ValueChange): string[] {
  const [before, after, unknown] = [change.before, change.after, change.after_unknown].map(
    (each) => (each ?? {}) as Record<string, unknown>,
  );
  const keys = new Set([before, after, unknown].flatMap((each) => Object.keys(each ?? {})));
  const same = (key: string) =>
    unknown?.[key] !== true && JSON.stringify(before?.[key]) === JSON.stringify(after?.[key]);
  return [...keys].filter((key) => !same(key)).sort();
}
