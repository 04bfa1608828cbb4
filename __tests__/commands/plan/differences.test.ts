import { differences, pathText, valueTexts } from "../../../commands/plan/differences";

const shown = (before: unknown, after: unknown) =>
  differences(before, after).map((each) => `${pathText(each.path)}: ${valueTexts(each).join(" → ")}`);

it.each([
  ["nested values by their path", { spec: [{ min: 2 }] }, { spec: [{ min: 3 }] }, ["spec[0].min: 2 → 3"]],
  [
    "keys that are not identifiers",
    { labels: { "app.io/name": "a" } },
    { labels: { "app.io/name": "b" } },
    ['labels["app.io/name"]: "a" → "b"'],
  ],
  ["what comes and what goes", { a: 1 }, { b: { c: null, d: 2 } }, ["a: 1 → (none)", 'b: (none) → {"d":2}']],
  ["null and nothing as the same", { a: null }, {}, []],
  ["empty and unset as different", { a: {}, c: [] }, { a: null }, ["a: {} → (none)", "c: [] → (none)"]],
  ["what is zero or false as set", { a: 0, b: false }, {}, ["a: 0 → (none)", "b: false → (none)"]],
  ["short lists whole", { zones: ["a"] }, { zones: ["a", "b"] }, ['zones: ["a"] → ["a","b"]']],
])("shows %s", (_, before, after, lines) => {
  expect(shown(before, after)).toEqual(lines);
});

it("matches list items by name, so that an insertion shifts nothing", () => {
  const env = (...all: [string, string][]) => ({ env: all.map(([name, value]) => ({ name, value })) });
  expect(shown(env(["A", "1"], ["C", "3"]), env(["A", "1"], ["B", "2"], ["C", "4"]))).toEqual([
    'env[C].value: "3" → "4"',
    'env[B]: (none) → {"name":"B","value":"2"}',
  ]);
});

it("treats a single item as the same one, whatever its name", () => {
  expect(shown({ metadata: [{ name: "a", labels: 1 }] }, { metadata: [{ name: "b", labels: 2 }] })).toEqual([
    "metadata[0].labels: 1 → 2",
    'metadata[0].name: "a" → "b"',
  ]);
});

it("reports that only the order of named items changed", () => {
  const items = [{ name: "a" }, { name: "b" }];
  expect(shown({ items }, { items: items.toReversed() })).toEqual([
    'items[0].name: "a" → "b"',
    'items[1].name: "b" → "a"',
  ]);
});

it("shows what was removed from and added to a long list", () => {
  const cidrs = Array.from({ length: 30 }, (_, index) => `10.0.${index}.0/24`);
  expect(shown({ cidrs }, { cidrs: [...cidrs.slice(1), "10.9.9.0/24"] })).toEqual([
    'cidrs: […,"10.0.0.0/24"] → […,"10.9.9.0/24"]',
  ]);
});

it("trims long values to where they differ", () => {
  const [line = ""] = shown(
    { a: `${"x".repeat(500)}1${"y".repeat(500)}` },
    { a: `${"x".repeat(500)}2${"y".repeat(500)}` },
  );
  expect(line).toMatch(/^a: …x{20}1y+… → …x{20}2y+…$/);
  expect(line.length).toBeLessThan(300);
});

it("escapes control characters and bidirectional text", () => {
  expect(shown({ "a\u001b[31m": "x" }, { "a\u001b[31m": "y\u202e\n\u009b" })).toEqual([
    '["a\\u001b[31m"]: "x" → "y\\u202e\\n\\u009b"',
  ]);
});
