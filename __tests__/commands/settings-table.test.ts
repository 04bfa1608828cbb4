import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withSettingsTable } from "../../commands/settings-table";

it("holds the README's settings table to the schema (if not: npm run settings)", () => {
  const readme = readFileSync(join(__dirname, "..", "..", "README.md"), "utf8");
  expect(withSettingsTable(readme)).toBe(readme);
  expect(readme).toContain("| `network.nat` | NAT gateways;");
});
