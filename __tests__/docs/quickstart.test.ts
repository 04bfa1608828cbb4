import { readFileSync } from "node:fs";
import { join } from "node:path";

const page = readFileSync(join(__dirname, "../../docs/quickstart.md"), "utf8");

it("shows how long each step took, as a run does", () => {
  const ends = page.match(/^(Checked|Planned|Deployed|Destroyed) .+$/gm) ?? [];
  expect(ends.length).toBeGreaterThan(7);
  expect(ends.filter((line) => !/ \[\d.* s\]$/.test(line))).toEqual([]);
});
