import type { PlanJson, ResourceChange } from "../terraform/plan-json";
import { idOf, type StackFolder } from "../terraform/stack-folder";

/** A change to a resource that may have its object's name as its id, and so another address with another name. */
export interface Succession extends ResourceChange {
  /** Address of the old one, if it is replaced under another name. */
  readonly replaces?: string | undefined;
  /** Name of what takes the place of a deleted one, and is or will be there. */
  readonly successor?: string;
}

/**
 * What a plan changes, with the creation and the deletion of such a resource joined to the replacement that they are, and any
 * other deletion of one compared with what takes its place, such as the object that a failed deploy has left.
 *
 * @see constructs/moved.ts
 */
export function successions(
  { resource_changes: changes = [] }: PlanJson,
  nameOf: StackFolder["nameOf"],
): Succession[] {
  const successors = new Map(
    changes.filter(isDeleted).flatMap((old) => {
      const next = changes.find((each) => !isDeleted(each) && succeeds(each, old, nameOf));
      return next === undefined ? [] : [[old, next] as const];
    }),
  );
  const updated = changes
    .filter(({ change }) => change.actions.join() === "update")
    .map(({ change }) => JSON.stringify(change.before))
    .join("\n");
  /** Whether something that the plan updates names it. */
  const isUsed = ({ change }: ResourceChange) => updated.includes(objectName(change.before));
  // Of several old ones, the last counts: what is used, and not what an earlier deploy kept for old pods.
  const replaced = new Map(
    [...successors]
      .filter(([, { change }]) => change.actions.join() === "create")
      .sort(([a], [b]) => Number(isUsed(a)) - Number(isUsed(b)))
      .map(([old, next]) => [next, old] as const),
  );
  return changes.flatMap((each): Succession[] => {
    const old = replaced.get(each);
    if (old !== undefined) {
      const { before, before_sensitive } = old.change;
      const change = { ...each.change, before, before_sensitive, actions: ["create", "delete"] };
      return [{ ...each, change, replaces: old.address }];
    }
    const next = successors.get(each);
    if (next === undefined) return [each];
    if (replaced.get(next) === each) return [];
    const { after, after_sensitive, after_unknown } = next.change;
    const change = { ...each.change, after, after_sensitive, after_unknown };
    return [{ ...each, change, successor: objectName(after) }];
  });
}

function isDeleted({ change, deposed }: ResourceChange): boolean {
  return change.actions.join() === "delete" && deposed === undefined;
}

/** Whether a resource is at the address that an old one would have under its name. */
function succeeds(
  { address, type, change }: ResourceChange,
  old: ResourceChange,
  nameOf: StackFolder["nameOf"],
): boolean {
  const [path, end] = [nameOf(address), `/${objectName(change.after)}`];
  const former = `${path.slice(0, -end.length)}/${objectName(old.change.before)}`;
  return type === old.type && path.endsWith(end) && idOf(former) === nameOf(old.address);
}

interface Named {
  readonly name?: string;
  readonly metadata?: Named | readonly Named[];
  /** A Helm release's is null, or text. */
  readonly manifest?: Named | null;
}

/** What a resource's object is called in AWS or in the cluster; "" if it has no name. */
export function objectName(values: unknown): string {
  const { name, metadata, manifest } = (values ?? {}) as Named;
  const [inner] = [(manifest ?? { metadata }).metadata ?? []].flat();
  return inner?.name ?? name ?? "";
}
