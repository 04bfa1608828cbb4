import type { z } from "zod";

/** One setting as the schema knows it, for the settings table and for error messages. */
export interface SettingRow {
  /** Key path such as "network.nat". */
  readonly path: string;
  readonly about: string;
  /** The default as JSON, "required" or "–" where it may be left out. */
  readonly fallback: string;
}

interface Unwrapped {
  readonly inner: z.core.$ZodType;
  readonly fallback: unknown;
  readonly optional: boolean;
  readonly about: string | undefined;
}

const describe = (schema: z.core.$ZodType) => (schema as { description?: string }).description;

/** Takes defaults and optionality off a schema. */
function unwrap(schema: z.core.$ZodType): Unwrapped {
  let inner = schema as z.core.$ZodTypes;
  let fallback: unknown;
  let optional = false;
  let about = describe(schema);
  for (;;) {
    const def = inner._zod.def;
    if (def.type === "default" || def.type === "prefault") fallback = def.defaultValue;
    else if (def.type === "optional") optional = true;
    else return { inner, fallback, optional, about };
    inner = def.innerType as z.core.$ZodTypes;
    about ??= describe(inner);
  }
}

/** The objects that a schema allows at this place: one, or one for each kind of a union. */
function shapes(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>>[] {
  const def = (unwrap(schema).inner as z.core.$ZodTypes)._zod.def;
  if (def.type === "object") return [def.shape];
  if (def.type === "union") return def.options.flatMap(shapes);
  return [];
}

/**
 * The keys allowed at a path. Where a group has several kinds, those of the kind that `written` has there; of all
 * kinds, if it has none that is known.
 */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[], written?: unknown): string[] {
  const [head, ...rest] = path;
  const kinds = shapes(schema);
  const kind = member(written, "kind");
  const fitting = kinds.filter((shape) => shape["kind"] !== undefined && literal(shape["kind"]) === kind);
  const here = fitting.length > 0 ? fitting : kinds;
  if (head === undefined)
    return kinds.length === 0 ? namesOf(schema) : [...new Set(here.flatMap(Object.keys))];
  const next = here.map((shape) => shape[head as string]).find((child) => child !== undefined);
  return next === undefined ? [] : keysAt(next, rest, member(written, head));
}

/** The names that a record allows, such as the directives of a policy. */
function namesOf(schema: z.core.$ZodType): string[] {
  const def = (unwrap(schema).inner as z.core.$ZodTypes)._zod.def;
  if (def.type !== "record") return [];
  const names = (def.keyType as z.core.$ZodTypes)._zod.def;
  return names.type === "enum" ? Object.keys(names.entries) : [];
}

function member(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

/** Every setting of a schema, in its order, without the groups themselves. */
export function rows(schema: z.core.$ZodType, path = ""): SettingRow[] {
  const { inner, fallback, optional, about } = unwrap(schema);
  const groups = shapes(inner);
  if (groups.length === 0) {
    const shown = fallback === undefined ? (optional ? "–" : "required") : JSON.stringify(fallback);
    return [{ path, about: about ?? "", fallback: shown }];
  }
  const several = groups.length > 1;
  const kinds = groups.map((shape) => (shape["kind"] ? literal(shape["kind"]) : ""));
  const own: SettingRow[] = several
    ? [
        {
          path: `${path}.kind`,
          about: `${about ?? ""} (${kinds.map((kind) => `\`${kind}\``).join(" or ")})`,
          fallback:
            fallback === undefined ? "required" : JSON.stringify((fallback as { kind?: string }).kind),
        },
      ]
    : [];
  return groups.reduce<SettingRow[]>((all, shape, index) => {
    const children = Object.entries(shape)
      .filter(([key]) => key !== "kind")
      .flatMap(([key, child]) => rows(child, path ? `${path}.${key}` : key))
      .map((row) => (several ? { ...row, about: `${row.about} (kind \`${kinds[index] ?? ""}\`)` } : row));
    return [...all, ...children];
  }, own);
}

function literal(schema: z.core.$ZodType): string {
  const def = (unwrap(schema).inner as z.core.$ZodTypes)._zod.def;
  return def.type === "literal" ? String(def.values[0]) : "";
}
