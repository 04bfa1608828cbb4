import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "README.md"), "utf8");

it("leads to every document", () => {
  const way = page.slice(page.indexOf("## Find your way"));
  const documents = readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md"));
  expect(documents.length).toBeGreaterThan(15);
  expect(documents.filter((file) => !way.includes(file))).toEqual([]);
});
