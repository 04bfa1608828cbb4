import { outcome, summary } from "../../../commands/plan/summary";
import { changesOf, FOLDER, plan, resource } from "./plans";

const counted = (...actions: readonly string[]) => ({
  changes: changesOf(
    FOLDER,
    plan(...actions.map((action, index) => resource(`aws_x.${index}`, [action], {}, {}))),
  ),
  outputs: [],
});
const OUTPUTS = [{ path: "url", before: '"a"', after: '"b"' }];

it("counts by action, riskiest first", () => {
  const some = counted("create", "delete", "create", "forget");
  expect(summary(some)).toBe("1 to delete, 1 to forget, 2 to create");
  expect(outcome(some)).toBe("1 deleted, 1 forgotten, 2 created");
});

it.each([
  [counted(), "nothing to change", "nothing changed"],
  [{ ...counted(), outputs: OUTPUTS }, "only outputs to change", "only outputs changed"],
  [{ ...counted("create"), outputs: OUTPUTS }, "1 to create", "1 created"],
])("says where no resource is changed: %#", (planned, before, after) => {
  expect([summary(planned), outcome(planned)]).toEqual([before, after]);
});
