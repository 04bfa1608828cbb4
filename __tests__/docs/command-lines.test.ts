import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, mistake } from "./command-lines";

const ROOT = join(__dirname, "../..");
// The runbooks' commands of other programs are parsed too: runbooks.test.ts.
const pages = [".", "docs", "docs/decisions"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file)),
);

/** What the text names without the arguments that it can't do without. */
const NAMES = ["npx wbot deploy --image-tag", "npx wbot recover", "npx wbot state unlock"];
/** What a reader replaces, and the environment that docs/settings.md adds. */
const given = (word: string) => (word === "demo" ? "prod" : word.replaceAll(/<[^<>]+>/g, "prod"));

it.each(pages)("%s has commands that npx wbot takes", (page) => {
  const commands = commandsIn(readFileSync(join(ROOT, page), "utf8")).filter(
    (words) => words[1] === "wbot" && !NAMES.includes(words.join(" ")),
  );
  expect(commands.map((words) => mistake(words.map(given))).filter((found) => found !== undefined)).toEqual(
    [],
  );
});
