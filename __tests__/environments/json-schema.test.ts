import { z } from "zod";
import { jsonSchema, keysAt, settingRows, settingsSchema } from "../../environments/json-schema";

const schema = jsonSchema(
  z.strictObject({
    size: z.int().describe("Number of things"),
    note: z.string().optional().describe("Anything"),
    group: z
      .strictObject({ on: z.boolean().default(false).describe("Whether") })
      .prefault({} as never)
      .describe("A group"),
    extra: z
      .strictObject({ name: z.string().describe("Name"), more: z.string().optional().describe("More") })
      .optional(),
    store: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("near") }),
        z.strictObject({ kind: z.literal("far"), url: z.string().describe("Where") }),
      ])
      .default({ kind: "near" })
      .describe("Storage"),
  }),
);

it("makes a row of every setting, in the schema's order, with its default", () => {
  expect(settingRows(schema)).toEqual([
    { path: "size", about: "Number of things", fallback: "required" },
    { path: "note", about: "Anything", fallback: "–" },
    { path: "group.on", about: "Whether", fallback: "false" },
    { path: "extra.name", about: "Name", fallback: "required with `extra`" },
    { path: "extra.more", about: "More", fallback: "–" },
    { path: "store.kind", about: "Storage (`near` or `far`)", fallback: '"near"' },
    { path: "store.url", about: "Where (kind `far`)", fallback: "required" },
  ]);
});

it("knows the keys at any depth, through defaults and kinds", () => {
  expect(keysAt(schema, [])).toEqual(["size", "note", "group", "extra", "store"]);
  expect(keysAt(schema, ["group"])).toEqual(["on"]);
  expect(keysAt(schema, ["store"])).toEqual(expect.arrayContaining(["kind", "url"]));
});

it("knows no keys where there is no group", () => {
  expect(keysAt(schema, ["size"])).toEqual([]);
  expect(keysAt(schema, ["missing", "deeper"])).toEqual([]);
});

it("has a description, `.describe(…)` in its schema, for every setting of an environment", () => {
  const all = settingRows(settingsSchema());
  expect(all.map(({ path }) => path)).toContain("nodes.onDemand.instanceTypes");
  expect(all.filter(({ about }) => about.trim() === "")).toEqual([]);
});
