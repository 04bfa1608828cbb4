import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exceptionProblems } from "../../tools/workflows";

const excepted = (comment: string) => `rules:\n  one-rule:\n    ${comment}\n    disable: true\n`;

it("an exception holds until its last day", () => {
  const text = excepted("# until 2027-01-31: it can't hurt here");
  expect(exceptionProblems(text, "2027-01-31")).toEqual([]);
  expect(exceptionProblems(text, "2027-02-01")).toEqual([
    "one-rule was excepted until 2027-01-31: fix it, or give a new reason and day",
  ]);
});

it.each(["# it can't hurt here", "# until 2027-01-31:", "# until soon: it can't hurt"])(
  "an exception needs a day and a reason: %s",
  (comment) => {
    expect(exceptionProblems(excepted(comment), "2027-01-01")).toEqual([
      'one-rule has no "# until <day>: <reason>"',
    ]);
  },
);

it("the project's own have both", () => {
  const text = readFileSync(join(__dirname, "..", "..", ".github", "zizmor.yml"), "utf8");
  expect(exceptionProblems(text, "2026-01-01")).toEqual([]);
  expect(text).toContain("until");
});
