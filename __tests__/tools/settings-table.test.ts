import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WRITTEN, withTable } from "../../tools/settings-table";

it.each(WRITTEN.map((written) => [written.name, written] as const))(
  "holds the table of %s to the code (if not: npm run settings)",
  (_, written) => {
    const text = readFileSync(join(__dirname, "..", "..", written.file), "utf8");
    expect(withTable(written)).toBe(text);
    expect(text.split("\n").filter((line) => line.startsWith("| ")).length).toBeGreaterThan(10);
  },
);
