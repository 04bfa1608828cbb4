import { settingsSchema } from "../environments/json-schema";

/**
 * The JSON Schema of environments/<name>.local.json, with which editors complete it and mark mistakes. The file is merged
 * into an environment: nothing is required, and groups may be partial.
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

/** Nothing is required, and a group may match any of its kinds, since the kind may be set elsewhere. */
function partial(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(partial);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      if (key === "required" && Array.isArray(each)) return [];
      // zod's bounds of a whole number without bounds.
      if (Math.abs(Number(each)) === Number.MAX_SAFE_INTEGER) return [];
      return [[key === "oneOf" ? "anyOf" : key, partial(each)]];
    }),
  );
}
