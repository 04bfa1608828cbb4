import { differences, shownDifference } from "../../../commands/plan/differences";

const shown = (before: unknown, after: unknown) =>
  differences(before, after)
    .map(shownDifference)
    .map((each) => `${each.path}: ${each.before} → ${each.after}`);

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
  [
    "a list of an empty item, which may allow all, as such",
    { from: null },
    { from: [{}] },
    ["from: (none) → [{}]"],
  ],
  ["what is zero or false as set", { a: 0, b: false }, {}, ["a: 0 → (none)", "b: false → (none)"]],
  [
    "keys that every object has",
    { a: {}, b: { toString: "x" } },
    { a: JSON.parse('{"constructor":"x","__proto__":"y"}') as object, b: {} },
    ['a.__proto__: (none) → "y"', 'a.constructor: (none) → "x"', 'b.toString: "x" → (none)'],
  ],
  ["short lists whole", { zones: ["a"] }, { zones: ["a", "b"] }, ['zones: ["a"] → ["a","b"]']],
])("shows %s", (_, before, after, lines) => {
  expect(shown(before, after)).toEqual(lines);
});

it("matches list items by name, so that an insertion shifts nothing", () => {
  const env = (...all: [string, string][]) => ({ env: all.map(([name, value]) => ({ name, value })) });
  expect(shown(env(["A", "1"], ["C", "3"]), env(["A", "1"], ["B", "2"], ["C", "4"]))).toEqual([
    'env[C].value: "3" → "4"',
    'env[B]: (none) → {"name":"B","value":"2"}',
    'env: ["A","C"] → ["A","B","C"]',
  ]);
});

it("treats a single item as the same one, whatever its name", () => {
  expect(shown({ metadata: [{ name: "a", labels: 1 }] }, { metadata: [{ name: "b", labels: 2 }] })).toEqual([
    "metadata[0].labels: 1 → 2",
    'metadata[0].name: "a" → "b"',
  ]);
});

it("compares items by their place if two have the same name", () => {
  const ports = (first: number) => ({
    ports: [
      { name: "a", port: first },
      { name: "a", port: 3 },
    ],
  });
  expect(shown(ports(1), ports(2))).toEqual(["ports[0].port: 1 → 2"]);
});

it.each([
  ["alone", ["a", "b"], ["b", "a"], ['items: ["a","b"] → ["b","a"]']],
  [
    "beside an addition",
    ["a", "b"],
    ["b", "a", "c"],
    ['items[c]: (none) → {"name":"c"}', 'items: ["a","b"] → ["b","a","c"]'],
  ],
  [
    "of an addition that is not the last",
    ["a"],
    ["c", "a"],
    ['items[c]: (none) → {"name":"c"}', 'items: ["a"] → ["c","a"]'],
  ],
  ["not of one that is", ["a"], ["a", "c"], ['items[c]: (none) → {"name":"c"}']],
  ["not of a removal", ["a", "b", "c"], ["a", "c"], ['items[b]: {"name":"b"} → (none)']],
])("reports the order of named items: %s", (_, before, after, lines) => {
  const items = (names: readonly string[]) => ({ items: names.map((name) => ({ name })) });
  expect(shown(items(before), items(after))).toEqual(lines);
});

it("leaves out what two long lists begin and end with", () => {
  const cidrs = Array.from({ length: 30 }, (_, index) => `10.0.${index}.0/24`);
  expect(shown({ cidrs }, { cidrs: [...cidrs, "10.9.9.0/24"] })).toEqual(['cidrs: […] → […,"10.9.9.0/24"]']);
  expect(shown({ cidrs }, { cidrs: cidrs.slice(1) })).toEqual(['cidrs: ["10.0.0.0/24",…] → […]']);
  expect(shown({ cidrs }, { cidrs: cidrs.toSpliced(9, 1) })).toEqual(['cidrs: […,"10.0.9.0/24",…] → […]']);
});

it("leaves out the lines that two long texts begin and end with", () => {
  const text = (line: string) =>
    [...Array.from({ length: 400 }, (_, index) => `line ${index}`), line, "end"].join("\n");
  expect(shown({ a: text("y = 1") }, { a: text("y = 2") })).toEqual(['a: […,"y = 1",…] → […,"y = 2",…]']);
});

it("shows long values whole", () => {
  const long = (middle: string) => `${"x".repeat(500)}${middle}${"y".repeat(500)}`;
  expect(shown({ a: long("1") }, { a: long("2") })).toEqual([`a: "${long("1")}" → "${long("2")}"`]);
});

it("escapes control characters and bidirectional text", () => {
  expect(shown({ "a\u001b[31m": "x" }, { "a\u001b[31m": "y\u202e\u2066\n\u009b" })).toEqual([
    '["a\\u001b[31m"]: "x" → "y\\u202e\\u2066\\n\\u009b"',
  ]);
});
