import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asText, readValues } from "../../../commands/secrets/text";
import { wrongShapes } from "../../../commands/app-secret/values";
import { APP_SECRET_KEYS } from "../../../environments/app-secret-keys";
import { GOOD } from "./good";

it("reads dotenv text and the console's JSON alike", () => {
  const text = Object.entries(GOOD)
    .map(([name, value]) => `export ${name}="${value}" # a note`)
    .join("\n");
  expect(readValues(text, "x.env")).toEqual(GOOD);
  expect(readValues(JSON.stringify(GOOD), "x.json")).toEqual(GOOD);
});

it.each([
  ["A=1\nB=2\n export A=3", "x.env sets A more than once: keep one line of each."],
  ["# nothing", "x.env has no line of the form KEY=value. The keys are in docs/app-secret.example.env."],
  ['{"A": value-of-a', "x.env looks like JSON but is not valid."],
  ['{"A": 1}', "x.env gives A a value that is not a string."],
])("refuses %j without quoting it", (text, message) => {
  expect(() => readValues(text, "x.env")).toThrow(new Error(message));
});

it("lists every key for an editor, and reads back exactly the same values", () => {
  const pieces = ["a", "#", " ", "'", '"', "`", "\\", "$", "{b}", "=", "ü", "\n", "\\n"];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  let written = 0;
  for (let round = 0; round < 500; round++) {
    const value = Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]).join("");
    const values = { ...GOOD, GOOGLE_API_KEY: value };
    let text: string;
    try {
      text = asText(values);
    } catch (error) {
      // All kinds of quotes in one value: said, and not changed on the way.
      expect((error as Error).message).toBe(
        "The value of GOOGLE_API_KEY can't be written as a line of dotenv text. Push it as JSON: npx wbot secrets push <file>",
      );
      continue;
    }
    written += 1;
    expect(readValues(text, "text")).toEqual(values);
  }
  expect(written).toBeGreaterThan(350);
  for (const { name } of APP_SECRET_KEYS) expect(asText({})).toContain(`# ${name}=\n`);
});

it("ships an example with every key, whose placeholders are refused", () => {
  const file = readFileSync(join(__dirname, "../../../docs/app-secret.example.env"), "utf8");
  for (const { name } of APP_SECRET_KEYS) expect(file).toMatch(new RegExp(`^(# )?${name}=`, "m"));
  const values = readValues(file, "the example");
  expect([...wrongShapes(values).keys()]).toEqual(Object.keys(values));
});
