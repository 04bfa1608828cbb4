import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const page = readFileSync(join(ROOT, "docs/images.md"), "utf8");
const contract = page.slice(page.indexOf("| Part |"), page.indexOf("<!-- prettier-ignore-end -->"));
const rows = contract
  .split("\n")
  .slice(2)
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));

it("has a row for each part of the contract, complete", () => {
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) expect(row).toHaveLength(4);
});

it.each(rows.map(([part = "", , , held = ""]) => [part, held]))(
  "%s is held by a test that exists",
  (_, held) => {
    const [, file = "", title = ""] = /^`([\w./-]+)`: (.+)$/.exec(held) ?? [];
    expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
  },
);
