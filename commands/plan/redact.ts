import { load as loadYaml } from "js-yaml";
import type { PlanJson, ResourceChange } from "../terraform/plan-json";
import { isSecretName } from "./secret-names";

/**
 * A plan's values without its secrets. Terraform says which values are sensitive; on top of that nothing is shown that
 * is called like a secret, or that is or holds what is sensitive elsewhere in the plan.
 */

/** A value that is never shown, and can still be compared. */
export class Redacted {
  readonly #raw: string;

  constructor(raw: unknown) {
    this.#raw = JSON.stringify(raw);
  }

  same(other: unknown): boolean {
    return this.#raw === (other instanceof Redacted ? other.#raw : JSON.stringify(other));
  }

  toJSON(): string {
    return "(sensitive)";
  }
}

/** A value that the plan can't know yet. */
export const UNKNOWN = {
  toJSON: () => "(known after apply)",
};

/** A password in an address: "redis://user:password@host". */
const SIGNED_IN = /:\/\/[^\s/:@]*:[^\s/@]+@/;
/** Shorter ones would hide what merely looks like them. */
const TELLING = 8;

type Values = Readonly<Record<string, unknown>>;

/** One side of a change: its values as they may be shown. */
export function redacted(
  { type, change }: Pick<ResourceChange, "type" | "change">,
  side: "before" | "after",
  secrets: readonly string[],
): unknown {
  const mask = side === "before" ? change.before_sensitive : change.after_sensitive;
  const value = redact(change[side], mask, "", { secrets, yaml: type === "helm_release" });
  return side === "before" ? value : withUnknown(value, change.after_unknown);
}

interface How {
  readonly secrets: readonly string[];
  /** Whether texts of several lines may be YAML. */
  readonly yaml: boolean;
}

function redact(value: unknown, mask: unknown, key: string, how: How): unknown {
  if (value === null || value === undefined) return value;
  if (mask === true || (isSecretName(key) && isText(value))) return new Redacted(value);
  if (typeof value === "string") {
    const parsed = parsedText(value, how.yaml);
    if (parsed !== undefined) return redact(parsed, undefined, key, how);
    const tells = SIGNED_IN.test(value) || how.secrets.some((secret) => value.includes(secret));
    return tells ? new Redacted(value) : value;
  }
  if (Array.isArray(value))
    return value.map((each: unknown, index) =>
      redact(each, (mask as unknown[] | undefined)?.[index], key, how),
    );
  if (!isGroup(value)) return value;
  const masks = isGroup(mask) ? mask : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      isRedactedIn(value, name) && each !== null
        ? new Redacted(each)
        : redact(each, masks[name], calledIn(value, name), how),
    ]),
  );
}

/** What only its surroundings tell: all that a Kubernetes Secret holds, and the value beside a secret's name. */
function isRedactedIn(group: Values, name: string): boolean {
  if (group["kind"] === "Secret") return name === "data" || name === "stringData";
  return name === "value" && isSecretName(calledIn(group, name)) && isText(group[name]);
}

/** What a value goes by: the name beside it, else its own. */
function calledIn(group: Values, name: string): string {
  if (name === "value" && typeof group["name"] === "string") return group["name"];
  // What an ExternalSecret copies to, which is a name.
  if (name === "secretKey" && "remoteRef" in group) return "";
  return name;
}

/** JSON, or where it may be that YAML, in a string; undefined for any other text. */
function parsedText(text: string, yaml: boolean): Values | readonly unknown[] | undefined {
  try {
    const value: unknown = /^\s*[[{]/.test(text)
      ? JSON.parse(text)
      : yaml && text.includes(":")
        ? loadYaml(text)
        : undefined;
    return isGroup(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withUnknown(value: unknown, unknown: unknown): unknown {
  if (unknown === true) return UNKNOWN;
  if (value instanceof Redacted) return value;
  if (Array.isArray(unknown)) {
    const known: readonly unknown[] = Array.isArray(value) ? value : [];
    const length = Math.max(known.length, unknown.length);
    return Array.from({ length }, (_, index) => withUnknown(known[index], unknown[index]));
  }
  if (!isGroup(unknown) || Object.keys(unknown).length === 0) return value;
  const known = isGroup(value) ? value : {};
  const added = Object.entries(unknown).map(([key, each]) => [key, withUnknown(known[key], each)]);
  return { ...known, ...Object.fromEntries(added) };
}

/** Every text of a plan that is sensitive somewhere, the Redis password among them. */
export function secretsOf({
  resource_changes: changes = [],
  resource_drift: drift = [],
  output_changes: outputs = {},
}: PlanJson): string[] {
  const found = new Set<string>();
  const collect = (value: unknown, mask: unknown, key: string): void => {
    const sensitive = mask === true;
    if (typeof value === "string") {
      const parsed = parsedText(value, false);
      if ((sensitive || (isSecretName(key) && isText(value))) && value.length >= TELLING) found.add(value);
      if (parsed !== undefined) collect(parsed, undefined, "");
    } else if (Array.isArray(value))
      value.forEach((each, index) => {
        collect(each, sensitive || (mask as unknown[] | undefined)?.[index], key);
      });
    else if (isGroup(value))
      for (const [name, each] of Object.entries(value))
        collect(each, sensitive || (isGroup(mask) ? mask[name] : undefined), calledIn(value, name));
  };
  const all = [...changes, ...drift].map(({ change }) => ["", change] as const);
  for (const [name, change] of [...all, ...Object.entries(outputs)]) {
    collect(change.before, change.before_sensitive, name);
    collect(change.after, change.after_sensitive, name);
  }
  return [...found];
}

/** A text that may be a secret, or a list of them. Flags, numbers and ARNs are none, and groups are looked into. */
function isText(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isText);
  return typeof value === "string" && !/^(true|false|arn:aws[\w-]*:\S*)$/.test(value);
}

/** A message without what is called like a secret in it; there may be no plan that says which values are. */
export function redactedText(text: string): string {
  return text
    .replace(new RegExp(SIGNED_IN, "g"), "://(sensitive)@")
    .replace(ASSIGNED, (whole, name: string, between: string) =>
      isSecretName(name) ? `${name}${between}(sensitive)` : whole,
    );
}

/** `NAME=value`, `name = "value"`, `"name": "value"`, and a line of YAML: prose has colons, too. */
const ASSIGNED =
  /([\w.-]+)(\\?["']?\s*=\s*|\\?["']?\s*:\s*(?=\\?["'])|(?<=^[ -]*[\w.-]+): +(?=\S+$))("(?:[^"\\]|\\.)*"|'[^']*'|\\"[^"]*\\"|[^\s"',;}]+)/gm;

export function isGroup(value: unknown): value is Values {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Redacted) && value !== UNKNOWN;
}

export function without(group: Values, key: string): Values {
  return Object.fromEntries(Object.entries(group).filter(([each]) => each !== key));
}
