import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REMOTE, rulesOf } from "../constructs/workloads/monitoring/expressions";

const page = readFileSync(join(__dirname, "../../docs/evidence.md"), "utf8");

it("says of every alert, once, in docs/evidence.md, how it was tested", () => {
  const alerts = rulesOf(REMOTE).filter(({ labels }) => labels.severity !== "none");
  expect((page.match(/(?<=`)Wbot\w+(?=`)/g) ?? []).sort()).toEqual(
    alerts.map(({ alert }) => alert as string).sort(),
  );
});
