import { readFileSync } from "node:fs";
import { join } from "node:path";

const DOCS = join(__dirname, "../../docs");
const linesOf = (page: string) => readFileSync(join(DOCS, page), "utf8").split("\n");

it("shows what a change costs as the diff to which it links does", () => {
  const [shown = "none"] = linesOf("cost.md").filter((line) => line.startsWith("Cost: "));
  expect(linesOf("cost.md").join("\n")).toContain("](diffs/drop-the-nat-gateway.md)");
  expect(linesOf("diffs/drop-the-nat-gateway.md")).toContain(shown);
});
