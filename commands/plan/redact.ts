import { CORE_SCHEMA, load as loadYaml, Type } from "js-yaml";
import { mayNameSecret } from "../../environments/secret-names";
import { isSecretValue, redactedText } from "../cli/redacted-text";
import type { Path, PlanJson, ValueChange } from "../terraform/plan-json";

/**
 * A plan's values with secrets redacted: what Terraform marks as sensitive, what is named like a secret or looks like one,
 * and any value that contains what is sensitive elsewhere in the plan, also in base64 or in a URL. Best effort: a secret
 * that nothing marks, names or gives away by its form is shown.
 */

/** What is shown instead. */
const SENSITIVE = "(sensitive)";

/** A value that is never shown, but can be compared. */
export class Redacted {
  readonly #raw: string;

  constructor(raw: unknown) {
    this.#raw = JSON.stringify(raw);
  }

  same(other: unknown): boolean {
    return this.#raw === (other instanceof Redacted ? other.#raw : JSON.stringify(other));
  }

  toJSON(): string {
    return SENSITIVE;
  }
}

/** A value that is only known after apply. */
export const UNKNOWN = {
  toJSON: () => "(known after apply)",
};

/** Shorter secrets would redact unrelated text that happens to contain them. */
const SHORTEST = 8;

export type Values = Readonly<Record<string, unknown>>;

/** A plan's change to values, with secrets redacted, and with UNKNOWN in `after`. */
export function redacted(type: string, change: ValueChange, secrets: readonly string[]): ValueChange {
  const { replace_paths: paths, importing } = change;
  const options = { secrets, yaml: isYaml(type) };
  return {
    ...change,
    before: redact(change.before, change.before_sensitive, "", options),
    after: redact(withUnknown(change.after, change.after_unknown), change.after_sensitive, "", options),
    replace_paths: paths?.map((path) => openPath(path, change, secrets)),
    importing: importing && { id: importing.id && covered(importing.id, secrets) },
  };
}

/** A path up to what is sensitive: a sensitive map's keys are, too. */
function openPath(path: Path, change: ValueChange, secrets: readonly string[]): Path {
  const open: (string | number)[] = [];
  let masks = [change.before_sensitive, change.after_sensitive];
  for (const step of path) {
    if (masks.includes(true)) break;
    masks = masks.map((mask) => (typeof mask === "object" && mask !== null ? own(mask, step) : undefined));
    open.push(typeof step === "string" ? covered(step, secrets) : step);
  }
  return open;
}

/** Whether a resource's strings, a chart's values, may be YAML. */
function isYaml(type: string | undefined): boolean {
  return type === "helm_release";
}

interface Options {
  readonly secrets: readonly string[];
  /** Whether strings may be YAML. */
  readonly yaml: boolean;
  /** Gets what is marked or named as sensitive. */
  readonly found?: Set<string>;
}

function redact(value: unknown, mask: unknown, key: string, options: Options): unknown {
  if (value === null || value === undefined || value === UNKNOWN) return value;
  if (mask === true || (mayNameSecret(key) && isSecretValue(value))) {
    if (options.found !== undefined) collect(value, options, options.found);
    return new Redacted(value);
  }
  if (typeof value === "string") {
    const parsed = parsedText(value, options.yaml);
    if (parsed !== undefined) return redact(parsed, undefined, key, options);
    return isSecretText(value, options) ? new Redacted(value) : value;
  }
  if (typeof value === "number" && options.secrets.includes(String(value))) return new Redacted(value);
  if (Array.isArray(value))
    return value.map((each: unknown, index) =>
      redact(each, (mask as unknown[] | undefined)?.[index], flagBefore(value, index) ?? key, options),
    );
  if (!isGroup(value)) return value;
  const masks = isGroup(mask) ? mask : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      covered(name, options.secrets),
      redact(each, isRedactedIn(value, name) || own(masks, name), calledIn(value, name), options),
    ]),
  );
}

/** Every text and number in what is redacted, and what is named like a secret in the JSON or YAML of such a text. */
function collect(value: unknown, options: Options, found: Set<string>): void {
  if (typeof value === "object") for (const each of Object.values(value ?? {})) collect(each, options, found);
  if (typeof value !== "string" && typeof value !== "number") return;
  const text = String(value);
  if (text.length >= SHORTEST) found.add(text);
  redact(parsedText(text, options.yaml || text.includes("\n")), undefined, "", options);
}

function isSecretText(text: string, options: Options): boolean {
  // A file in a ConfigMap: shown as it is, since what reads it may read more in it than YAML.
  const file = text.includes("\n") ? parsedText(text, true) : undefined;
  if (JSON.stringify(redact(file, undefined, "", options) ?? null).includes(SENSITIVE)) return true;
  return redactedText(text) !== text || options.secrets.some((each) => text.includes(each));
}

/** What only the context reveals: the data of a Kubernetes Secret, and the value next to a secret's name. */
function isRedactedIn(group: Values, name: string): boolean {
  if (group["kind"] === "Secret") return name === "data" || name === "stringData";
  return name === "value" && mayNameSecret(calledIn(group, name)) && isSecretValue(group[name]);
}

/** The name of a value: the `name` or `key` next to it, else its key. */
function calledIn(group: Values, name: string): string {
  for (const beside of [group["name"], group["key"]])
    if (name === "value" && typeof beside === "string") return beside;
  // The key that an ExternalSecret writes to: a name, not a secret.
  if (name === "secretKey" && "remoteRef" in group) return "";
  return name;
}

/** The flag named like a secret that an argument of a command belongs to: `["--password", "…"]`. */
function flagBefore(items: readonly unknown[], index: number): string | undefined {
  const [flag, value] = [items[index - 1], items[index]];
  const isFlag = typeof flag === "string" && /^--?[A-Za-z][\w.-]*$/.test(flag) && mayNameSecret(flag);
  return isFlag && !(typeof value === "string" && value.startsWith("--")) ? flag : undefined;
}

/**
 * With merge keys (`<<`), by which a value may get a secret's name. Values with a tag, such as `!!binary` or an application's
 * own, are read as if they had none.
 */
const YAML = CORE_SCHEMA.extend({
  implicit: [new Type("tag:yaml.org,2002:merge", { kind: "scalar", resolve: (text) => text === "<<" })],
  explicit: (["scalar", "sequence", "mapping"] as const).flatMap((kind) =>
    ["!", "tag:"].map((tag) => new Type(tag, { kind, multi: true })),
  ),
});

/** JSON in a string, or YAML if allowed; undefined for any other text. */
function parsedText(text: string, yaml: boolean): Values | readonly unknown[] | undefined {
  try {
    const value: unknown = /^\s*[[{]/.test(text)
      ? JSON.parse(text)
      : yaml && text.includes(":")
        ? loadYaml(text, { schema: YAML })
        : undefined;
    return isGroup(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withUnknown(value: unknown, unknown: unknown): unknown {
  if (unknown === true) return UNKNOWN;
  if (Array.isArray(unknown)) {
    const known: readonly unknown[] = Array.isArray(value) ? value : [];
    const length = Math.max(known.length, unknown.length);
    return Array.from({ length }, (_, index) => withUnknown(known[index], unknown[index]));
  }
  if (!isGroup(unknown) || Object.keys(unknown).length === 0) return value;
  const known = isGroup(value) ? value : {};
  const added = Object.entries(unknown).map(([name, each]) => [name, withUnknown(own(known, name), each)]);
  return { ...known, ...Object.fromEntries(added) };
}

/**
 * Every value that is sensitive anywhere in a plan, such as the Redis password, and the forms that its copies have: the
 * longest first, so that nothing is left of one that contains another, and in the same order for the same plan.
 */
export function secretsOf({
  resource_changes: changes = [],
  resource_drift: drift = [],
  output_changes: outputs = {},
  variables = {},
  prior_state: prior,
  configuration,
}: PlanJson): string[] {
  const found = new Set<string>();
  const search = (value: unknown, mask: unknown, key: string, type?: string) =>
    redact(value, mask, key, { secrets: [], yaml: isYaml(type), found });
  for (const { type, change } of [...changes, ...drift]) {
    search(change.before, change.before_sensitive, "", type);
    search(change.after, change.after_sensitive, "", type);
  }
  for (const [name, change] of Object.entries(outputs)) {
    search(change.before, change.before_sensitive, name);
    search(change.after, change.after_sensitive, name);
  }
  for (const { type, values, sensitive_values: mask } of prior?.values?.root_module?.resources ?? [])
    search(values, mask, "", type);
  for (const [name, { value }] of Object.entries(variables))
    search(value, configuration?.root_module?.variables?.[name]?.sensitive, name);
  const copies = new Set([...found].flatMap(copiesOf));
  return [...copies].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
}

/** A secret as it is, in base64, in a URL and in JSON. */
function copiesOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [
    secret,
    // Its end depends on what follows.
    base64.replace(/.?=*$/, ""),
    Buffer.from(secret).toString("base64url"),
    // Through a Buffer, since half a surrogate pair can't be encoded.
    encodeURIComponent(Buffer.from(secret).toString()),
    JSON.stringify(secret).slice(1, -1),
  ];
}

/**
 * A text that is shown though it may hold a secret, such as an address with a key, with the secret redacted.
 *
 * @param secrets as secretsOf() sorts them
 */
export function covered(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, SENSITIVE), text);
}

export function isGroup(value: unknown): value is Values {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Redacted) && value !== UNKNOWN;
}

/** The value of any key: of one such as `constructor`, not what every object inherits. */
export function own(group: object, key: string | number): unknown {
  return Object.hasOwn(group, key) ? (group as Values)[key] : undefined;
}

export function without(group: Values, key: string): Values {
  return Object.fromEntries(Object.entries(group).filter(([each]) => each !== key));
}
