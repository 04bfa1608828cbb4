import { colour, columns } from "../cli/terminal";
import type { Action, Change } from "./plan";

/** New resources up to this number are listed one by one; more are counted by kind. */
const LISTED = 12;

const SIGNS: Readonly<Record<Action, string>> = {
  create: colour.green("+"),
  update: colour.yellow("~"),
  replace: colour.red("±"),
  delete: colour.red("-"),
};

/** "3 to create, 1 to replace", or "nothing to change". */
export function summary(changes: readonly Change[]): string {
  const words = counts(changes).map(([count, action]) => `${count} to ${action}`);
  return words.length === 0 ? "nothing to change" : words.join(", ");
}

/** "3 created, 1 replaced", or "nothing changed". */
export function outcome(changes: readonly Change[]): string {
  const words = counts(changes).map(([count, action]) => `${count} ${action}d`);
  return words.length === 0 ? "nothing changed" : words.join(", ");
}

function counts(changes: readonly Change[]): [number, Action][] {
  return (["create", "update", "replace", "delete"] as const)
    .map((action): [number, Action] => [changes.filter((change) => change.action === action).length, action])
    .filter(([count]) => count > 0);
}

/** What a plan would change: what is lost or replaced first, what is new last, and in short where it is much. */
export function shownPlan(changes: readonly Change[]): string[] {
  const of = (action: Action) => changes.filter((change) => change.action === action);
  const created = of("create");
  const deleted = of("delete");
  return [
    ...(deleted.length > LISTED ? counted("delete", deleted) : listed(deleted)),
    ...listed(of("replace")),
    ...listed(of("update")),
    ...(created.length > LISTED ? counted("create", created) : listed(created)),
  ];
}

function listed(changes: readonly Change[]): string[] {
  return columns(
    changes.map(({ action, name, type, differing }) => [
      `${SIGNS[action]} ${name}`,
      `${type}${differing.length > 0 ? `: ${differing.join(", ")}` : ""}`,
    ]),
    "  ",
  );
}

function counted(action: Action, changes: readonly Change[]): string[] {
  const kinds = new Map<string, number>();
  for (const { type } of changes) kinds.set(type, (kinds.get(type) ?? 0) + 1);
  return [...kinds]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .map(([type, count]) => `  ${SIGNS[action]} ${String(count).padStart(3)}  ${type}`);
}
