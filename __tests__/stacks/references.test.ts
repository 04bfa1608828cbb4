import { SHAPES, WITH_EVERY_TYPE } from "../shapes";
import { synth } from "../synth";

/** Arguments that `terraform init` takes as names only, not as expressions in which they are. */
const STATIC = ["depends_on", "ignore_changes", "replace_triggered_by", "provider", "from", "to"];

function staticsIn(value: unknown, key = ""): string[] {
  if (typeof value === "string") return STATIC.includes(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each: unknown) => staticsIn(each, key));
  return Object.entries(value ?? {}).flatMap(([name, each]) => staticsIn(each, name));
}

it.each([
  ...SHAPES,
  ...WITH_EVERY_TYPE.map(([name, overrides]) => [`all of ${name}`, name, overrides] as const),
])("%s: names what Terraform must know before it reads expressions", (_, name, overrides) => {
  const { infra, app } = synth(name, overrides);
  const found = [infra, app].flatMap(({ json: { resource, data, moved, import: imported, removed } }) =>
    // Not within a manifest, where these are names of its own.
    [...bodies(resource), ...bodies(data)]
      .flatMap((body) => staticsIn({ ...body, manifest: undefined }))
      .concat(staticsIn({ moved, imported, removed })),
  );
  expect(found.length).toBeGreaterThan(100);
  expect(found.filter((each) => each.includes("${"))).toEqual([]);
});

function bodies(byType: unknown): Record<string, unknown>[] {
  return Object.values((byType ?? {}) as Record<string, Record<string, Record<string, unknown>>>).flatMap(
    (byName) => Object.values(byName),
  );
}
