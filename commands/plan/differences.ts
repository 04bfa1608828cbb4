import type { Path } from "../terraform/plan-json";
import type { ShownDifference } from "./change";
import { Redacted, isGroup, UNKNOWN } from "./redact";

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
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  if (isList(before) && isList(after) && [...before, ...after].some(isDeep)) {
    const [old, now] = [named(before), named(after)];
    // A single item is the same one, whatever its name.
    if (old && now && before.length + after.length > 2) {
      const names = [...new Set([...old.keys(), ...now.keys()])];
      const found = names.flatMap((name) =>
        differences(old.get(name), now.get(name), [...path, `[${name}]`]),
      );
      // Otherwise only the order differs, which may matter.
      if (found.length > 0) return found;
    }
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      differences(before[index], after[index], [...path, index]),
    );
  }
  return [{ path, before: redactedBy(after, before), after: redactedBy(before, after) }];
}

/** A value that is sensitive on one side is redacted on both. */
function redactedBy(other: unknown, value: unknown): unknown {
  const unset = value === null || value === undefined || value === UNKNOWN;
  return other instanceof Redacted && !unset ? new Redacted(value) : value;
}

/** Whether both sides are just a provider's values for unset arguments: such differences are not reported. */
export function isEmptyOnBothSides({ before, after }: Difference): boolean {
  return isEmpty(before) && isEmpty(after);
}

function isEmpty(value: unknown): boolean {
  if (isGroup(value)) return Object.keys(value).length === 0;
  return value === null || value === undefined || value === "" || (isList(value) && value.length === 0);
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
      same(before[key], after[key]),
    );
  // Unset may be null on one side and missing on the other.
  return (before ?? null) === (after ?? null);
}

/** "spec[0].template.env[LOG_LEVEL].value" */
export function pathText(path: Path): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    if (/^\[.*\]$/s.test(step) || /^[\w-]+$/.test(step)) return step.startsWith("[") ? step : `.${step}`;
    return `[${JSON.stringify(step)}]`;
  });
  return visible(steps.join("").replace(/^\./, ""));
}

export function shownDifference(difference: Difference): ShownDifference {
  const [before, after] = valueTexts(difference);
  return { path: pathText(difference.path), before, after };
}

/** Longest text of a value, in characters. */
const LONGEST = 120;
/** Characters of common text shown before the place where two values differ. */
const LEAD = 20;

/** Both sides as short texts: of long ones, the part that differs; of lists, what was removed and what was added. */
export function valueTexts({ before, after }: Difference): [before: string, after: string] {
  const [old, now] = lists(before, after) ?? [before, after];
  const texts = [text(old), text(now)] as const;
  if (texts.every((each) => each.length <= LONGEST)) return [...texts];
  const start = Math.max(0, commonStart(...texts) - LEAD);
  return [cut(texts[0], start), cut(texts[1], start)];
}

/** Of two long lists of plain values, only what the other lacks. */
function lists(before: unknown, after: unknown): [unknown, unknown] | undefined {
  if (!Array.isArray(before) || !Array.isArray(after)) return undefined;
  if (text(before).length <= LONGEST / 2 && text(after).length <= LONGEST / 2) return undefined;
  const lacking = (from: readonly unknown[], other: readonly unknown[]) => [
    "…",
    ...from.filter((each) => !other.some((one) => same(one, each))),
  ];
  const [gone, come] = [lacking(before, after), lacking(after, before)];
  return gone.length + come.length > 2 ? [gone, come] : undefined;
}

function commonStart(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index === a.length || index === b.length ? 0 : index;
}

function cut(value: string, start: number): string {
  const from = start < value.length - 1 ? start : 0;
  const part = value.slice(from, from + LONGEST);
  // Without half a surrogate pair at either end.
  const whole = part.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
  return `${from > 0 ? "…" : ""}${whole}${from + part.length < value.length ? "…" : ""}`;
}

/** A value as one line: compact JSON without unset fields, and Terraform's own markers without quotes. */
function text(value: unknown): string {
  const bare = withoutUnset(value);
  if (bare === undefined) return Array.isArray(value) ? "[]" : isGroup(value) ? "{}" : "(none)";
  const json = JSON.stringify(bare);
  return visible(json.replace(/"(\((?:sensitive|known after apply)\)|…)"/g, "$1"));
}

function withoutUnset(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((each) => withoutUnset(each) ?? null);
  if (!isGroup(value)) return value;
  const set = Object.entries(value)
    .map(([key, each]) => [key, withoutUnset(each)] as const)
    .filter(([, each]) => each !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}

/** Escapes what could fool a terminal or a reader: control characters and bidirectional overrides. */
export function visible(value: string): string {
  return value.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
