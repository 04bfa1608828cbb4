import { visible } from "../cli/visible";
import type { Path } from "../terraform/plan-json";
import type { ShownDifference } from "./change";
import { isGroup, own, Redacted, UNKNOWN } from "./redact";

/** One place where two values differ, such as `spec[0].min_replicas`. */
export interface Difference {
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** Keys that identify a list item, so that an insertion doesn't shift all that follow. */
const NAMES = ["name", "key", "secretKey", "Sid"] as const;

/** Where two redacted values differ, as deep down as possible. */
export function differences(before: unknown, after: unknown, path: Path = []): Difference[] {
  if (same(before, after)) return [];
  if (isGroup(before) && isGroup(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(own(before, key), own(after, key), [...path, key]));
  }
  if (isList(before) && isList(after) && [...before, ...after].some(isDeep)) {
    const [old, now] = [named(before), named(after)];
    // A single item is the same one, whatever its name.
    if (old && now && before.length + after.length > 2) {
      const names = [...new Set([...old.keys(), ...now.keys()])];
      const found = names.flatMap((name) =>
        differences(old.get(name), now.get(name), [...path, `[${name}]`]),
      );
      return [...found, ...reordered([...old.keys()], [...now.keys()], path)];
    }
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(before[index], after[index], [...path, index]),
    );
  }
  return [{ path, before: redactedBy(after, before), after: redactedBy(before, after) }];
}

/** The order of named items may matter, and so may the place of a new one, unless it was appended. */
function reordered(before: readonly string[], after: readonly string[], path: Path): Difference[] {
  const stayed = before.filter((each) => after.includes(each));
  return stayed.every((each, index) => after[index] === each) ? [] : [{ path, before, after }];
}

/** A new value, as deep down as possible. */
export function contents(value: unknown, path: Path = []): Difference[] {
  const into = (entries: Iterable<readonly [string | number, unknown]>) =>
    [...entries].flatMap(([step, each]) => contents(each, [...path, step]));
  if (isGroup(value)) return into(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (isList(value) && value.some(isDeep)) return into(value.entries());
  return [{ path, before: undefined, after: value }];
}

/** A value that is sensitive on one side is redacted on both. */
function redactedBy(other: unknown, value: unknown): unknown {
  const unset = value === null || value === undefined || value === UNKNOWN;
  return other instanceof Redacted && !unset ? new Redacted(value) : value;
}

/** Whether it may be just a provider's value for an unset argument. */
export function isEmpty(value: unknown): boolean {
  if (isDeep(value)) return Object.keys(value as object).length === 0;
  return value === null || value === undefined || value === "";
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isDeep(value: unknown): boolean {
  return isGroup(value) || Array.isArray(value);
}

/** The items by name; undefined if one has no name, or two share one. */
function named(items: readonly unknown[]): Map<string, unknown> | undefined {
  const by = NAMES.find((each) => items.every((item) => isGroup(item) && typeof item[each] === "string"));
  if (by === undefined) return undefined;
  const found = new Map(items.map((item) => [String((item as Record<string, unknown>)[by]), item]));
  return found.size === items.length ? found : undefined;
}

function same(before: unknown, after: unknown): boolean {
  if (before instanceof Redacted) return before.same(after);
  if (after instanceof Redacted) return after.same(before);
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length && before.every((each, index) => same(each, after[index]));
  if (isGroup(before) && isGroup(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].every((key) =>
      same(own(before, key), own(after, key)),
    );
  // Unset may be null on one side and missing on the other.
  return (before ?? null) === (after ?? null);
}

/** "spec[0].template.env[LOG_LEVEL].value" */
export function pathText(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    if (/^\[.*\]$/s.test(step)) return step;
    return /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  });
  return visible(steps.join("").replace(/^\./, ""));
}

/** Longest text that is always shown whole, in characters. */
const SHORT = 60;

/** Both sides as texts: whole, but of long lists and of texts with many lines without what both begin and end with. */
export function shownDifference({ path: steps, before, after }: Difference): ShownDifference {
  const path = pathText(steps);
  const whole = { path, before: text(before), after: text(after) };
  const isText = typeof before === "string" && typeof after === "string";
  const [old, now] = isText ? [before.split("\n"), after.split("\n")] : [before, after];
  const isLong = Math.max(whole.before.length, whole.after.length) > SHORT;
  if (!isLong || !isList(old) || !isList(now) || old.length + now.length === 2) return whole;
  const least = Math.min(old.length, now.length);
  let [start, end] = [0, 0];
  while (start < least && same(old[start], now[start])) start += 1;
  while (end < least - start && same(old.at(-1 - end), now.at(-1 - end))) end += 1;
  const between = (items: readonly unknown[]) => {
    const apart = items.slice(start, items.length - end);
    if (apart.length === 0 && items.length > 0) return text(["…"]);
    return text([...(start > 0 ? ["…"] : []), ...apart, ...(end > 0 ? ["…"] : [])]);
  };
  return { path, before: between(old), after: between(now) };
}

/** A value as one line: compact JSON without unset fields, and Terraform's own markers without quotes. */
function text(value: unknown): string {
  const json = JSON.stringify(value ?? null);
  // Innermost first, so that a map of unset fields is unset, too; but not an item of a list: [{}] may allow all that [] denies.
  const set: unknown = JSON.parse(json, function (this: unknown, _, each: unknown) {
    return isList(this) || each === "" || !isEmpty(each) ? each : undefined;
  });
  const empty = isList(value) ? "[]" : "{}";
  if (set === undefined) return isDeep(value) ? empty : "(none)";
  return visible(JSON.stringify(set).replace(/"(\((?:sensitive|known after apply)\)|…)"/g, "$1"));
}
