import { z } from "zod";
import { valueAt } from "./json-text";
import { settings } from "./schema";

/** A JSON Schema, as far as zod generates it for settings. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** The kinds of a group. */
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  /** Keys that a record allows. */
  readonly propertyNames?: { readonly enum?: readonly string[] };
}

/** One setting of the schema, for the settings table and for error messages. */
export interface SettingRow {
  /** Key path such as "network.nat". */
  readonly path: string;
  readonly about: string;
  /** The default as JSON, "required", with the group that may be left out as a whole, or "–" if it may be left out. */
  readonly fallback: string;
}

/** The input as JSON Schema: settings with a default may be left out. */
export function jsonSchema(schema: z.core.$ZodType): Schema {
  // The version with the best editor support.
  return z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as Schema;
}

let known: Schema | undefined;

/** The schema of an environment's settings. */
export function settingsSchema(): Schema {
  return (known ??= jsonSchema(settings));
}

/** The groups that a schema allows here: one, or one per kind. */
function groupsOf(schema: Schema): readonly (Schema & Required<Pick<Schema, "properties">>)[] {
  if (schema.oneOf) return schema.oneOf.flatMap(groupsOf);
  const { properties } = schema;
  return properties ? [{ ...schema, properties }] : [];
}

/**
 * The keys allowed at a path. If a group has several kinds, those of the kind in `written`, or of all kinds if that is
 * missing or unknown.
 */
export function keysAt(schema: Schema, path: readonly PropertyKey[], written?: unknown): string[] {
  const [head, ...rest] = path;
  const groups = groupsOf(schema);
  const kind = valueAt(written, ["kind"]);
  const fitting = groups.filter(({ properties }) => kind !== undefined && properties["kind"]?.const === kind);
  const here = fitting.length > 0 ? fitting : groups;
  if (head === undefined)
    return groups.length === 0
      ? [...(schema.propertyNames?.enum ?? [])]
      : [...new Set(here.flatMap(({ properties }) => Object.keys(properties)))];
  const next = here.map(({ properties }) => properties[head as string]).find((child) => child !== undefined);
  return next === undefined ? [] : keysAt(next, rest, valueAt(written, [head]));
}

/**
 * Every setting of a schema, in order, without the groups themselves.
 *
 * @param optional The innermost group around it that may be left out as a whole
 */
export function settingRows(schema: Schema, path = "", required = true, optional?: string): SettingRow[] {
  const { description: about = "", default: fallback } = schema;
  const groups = groupsOf(schema);
  const needed = optional === undefined ? "required" : `required with \`${optional}\``;
  const shown = fallback === undefined ? (required ? needed : "–") : JSON.stringify(fallback);
  const group = required || fallback !== undefined ? optional : path;
  if (groups.length === 0) return [{ path, about, fallback: shown }];
  const several = groups.length > 1;
  const kinds = groups.map(({ properties }) => `\`${String(properties["kind"]?.const)}\``);
  const own: SettingRow[] = several
    ? [
        {
          path: `${path}.kind`,
          about: `${about} (${kinds.join(" or ")})`,
          fallback: fallback === undefined ? needed : JSON.stringify(valueAt(fallback, ["kind"])),
        },
      ]
    : [];
  const members = groups.flatMap(({ properties, required: keys = [] }, index) =>
    Object.entries(properties)
      .filter(([key]) => key !== "kind")
      .flatMap(([key, child]) => settingRows(child, path ? `${path}.${key}` : key, keys.includes(key), group))
      .map((row) => (several ? { ...row, about: `${row.about} (kind ${kinds[index] ?? ""})` } : row)),
  );
  return [...own, ...members];
}
