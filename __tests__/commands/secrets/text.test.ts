import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asText, readValues } from "../../../commands/secrets/text";
import { malformedValues } from "../../../commands/app-secret/values";
import { APP_SECRET_KEYS } from "../../../environments/app-secret-keys";
import { GOOD } from "./good";

const read = (text: string, where: string) => readValues(Buffer.from(text), where);

it("reads dotenv text and the console's JSON alike", () => {
  const text = Object.entries(GOOD)
    .map(([name, value]) => `export ${name}="${value}" # a note`)
    .join("\n");
  expect(read(text, "x.env")).toEqual(GOOD);
  expect(read(JSON.stringify(GOOD), "x.json")).toEqual(GOOD);
});

const UNCLEAR =
  ": it is unclear where the value ends, because of a #, a quote or an invisible character. Put all of it in quotes that it does not contain.";
const TWICE = "x.env sets A more than once: keep one of";
it.each([
  ["A=1\nB=2\n export A=3", `${TWICE} the lines.`],
  ["A=1\nA: 2", `${TWICE} the lines.`],
  ['{"A": "1", "A": "2"}', `${TWICE} each.`],
  ["A=1\na second line of it", "x.env, line 2: it is not of the form KEY=value."],
  ["A=1\nOPENAI_API_KEY=abc#def", `x.env, line 2 (OPENAI_API_KEY)${UNCLEAR}`],
  ...[
    ...["A=abcdefgh#ijkl", "A=#abcdefgh", 'A="sk-12345678\nB=2', "A=`1\nB=2'", "A='1'2", "A='it\\'s'"],
    ...['A="1\\" # 2"', "A=1\u00a0", "A=\u00a01", "A=1\ufeff # note"],
  ].map((text) => [text, `x.env, line 1${UNCLEAR}`]),
  ["# nothing", "x.env has no line of the form KEY=value. The keys are in docs/app-secret.example.env."],
  ['{"A": value-of-a', "x.env looks like JSON but is not valid."],
  ['{"A": 1}', "x.env gives A a value that is not a string."],
])("refuses %j without quoting it", (text, message) => {
  expect(() => read(text, "x.env")).toThrow(new Error(message));
});

it.each([
  ["A=1 # note\nB=", { A: "1", B: "" }],
  ["A= it's # note", { A: "it's" }],
  ["A_KEY=\nanother='='", { A_KEY: "", another: "=" }],
  ["A='1#2' # note", { A: "1#2" }],
  ['A="two\r\nlines"\r\nB=2\r\n', { A: "two\nlines", B: "2" }],
  ["A='1\\' # note", { A: "1\\" }],
  ["A=1\n__proto__=2", JSON.parse('{ "A": "1", "__proto__": "2" }')],
])("reads %j", (text, values) => {
  expect(read(text, "x.env")).toEqual(values);
});

it.each([
  ["a byte order mark", Buffer.from("\ufeffA=1\nB=2")],
  ["UTF-16", Buffer.from("\ufeffA=1\r\nB=2\r\n", "utf16le")],
  ["JSON with a byte order mark", Buffer.from('\ufeff{"A":"1","B":"2"}')],
])("reads a file with %s", (_, bytes) => {
  expect(readValues(bytes, "x.env")).toEqual({ A: "1", B: "2" });
});

it("refuses a file in another encoding, whose letters would be lost", () => {
  expect(() => readValues(Buffer.from("A=wörd", "latin1"), "x.env")).toThrow(
    new Error("x.env is not UTF-8 text: save it in that encoding."),
  );
});

it("reads back exactly what it wrote, whatever characters the values have", () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  const special = [
    "'",
    '"',
    "`",
    "#",
    "\\",
    " ",
    "=",
    "ü",
    "\u00a0",
    "\u2028",
    "😀",
    "\n",
    "\\n",
    "$",
    "{b}",
  ];
  let seed = 11;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const pick = () => (random(3) === 0 ? special[random(special.length)] : printable[random(95)]);
  let written = 0;
  for (let round = 0; round < 100; round++) {
    // The more values, the likelier is one that can't be written.
    const values = Object.fromEntries(
      APP_SECRET_KEYS.slice(0, 10).map(({ name }) => [name, Array.from({ length: 24 }, pick).join("")]),
    );
    try {
      const text = asText(values);
      written += 1;
      expect(read(text, "text")).toEqual(values);
    } catch (error) {
      expect((error as Error).message).toMatch(
        /^The value of \w+ can't be written as a line of dotenv text\. Push it as JSON: npx wbot secrets push <file>$/,
      );
    }
  }
  expect(written).toBeGreaterThan(20);
});

it.each(["two\r\nlines", "\ud800"])("writes no text that would not read back: %j", (value) => {
  expect(() => asText({ METRICS_PASSWORD: value })).toThrow("The value of METRICS_PASSWORD can't be written");
});

it.each([
  ["newKey", ""],
  ["a.b", ""],
  ["X_FOO", "="],
])("reads back %s, which the product doesn't know, with the value %j", (name, value) => {
  const values = { DATABASE_URL: "x", [name]: value };
  expect(read(asText(values), "text")).toEqual(values);
});

it("lists every key for an editor", () => {
  for (const { name } of APP_SECRET_KEYS) expect(asText({})).toContain(`# ${name}=\n`);
});

it("ships an example with every key, whose placeholders are refused", () => {
  const file = readFileSync(join(__dirname, "../../../docs/app-secret.example.env"), "utf8");
  for (const { name } of APP_SECRET_KEYS) expect(file).toMatch(new RegExp(`^(# )?${name}=`, "m"));
  const values = read(file, "the example");
  expect([...malformedValues(values).keys()].sort()).toEqual(Object.keys(values).sort());
});
