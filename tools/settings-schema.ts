import { settingsSchema } from "../environments/walk";

/**
 * What may stand in environments/<name>.local.json, as JSON Schema, by which editors complete it and mark mistakes. The
 * file is put on top of an environment: nothing is required, and a group may be in part.
 */
export function localSchema(): string {
  const { properties, ...all } = partial(settingsSchema()) as { readonly properties: object };
  const schema = {
    ...all,
    title:
      "environments/<name>.local.json: settings on top of an environment's own. Written by `npx wbot settings`",
    properties: { $schema: { type: "string" }, ...properties },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Without what is required; and of a group's kinds any will do, since the kind may be said elsewhere. */
function partial(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(partial);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      if (key === "required" && Array.isArray(each)) return [];
      // Of a whole number that has no bounds of its own.
      if (Math.abs(Number(each)) === Number.MAX_SAFE_INTEGER) return [];
      return [[key === "oneOf" ? "anyOf" : key, partial(each)]];
    }),
  );
}
