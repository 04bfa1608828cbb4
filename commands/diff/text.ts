import { colour } from "../cli/terminal";
import { visible } from "../cli/visible";
import { costLine } from "../cost/difference";
import { indented, planLines } from "../plan/text";
import { nothingChanges, outline, type Report, type StackReport } from "./report";

/** The full report, for people. */
export function text(report: Report): string {
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return nothing;
  return [
    `${report.environment}: what a deploy would change`,
    ...(report.cost === undefined ? [] : ["", visible(costLine(report.cost))]),
    ...report.stacks.map((stack) => ["", colour.bold(outline(stack)), ...stackLines(stack)].join("\n")),
  ].join("\n");
}

function stackLines(stack: StackReport): string[] {
  return [
    ...(stack.error === undefined ? [] : ["", ...indented(stack.error.split("\n").map(visible), 2)]),
    ...stack.notes.flatMap((note) => ["", ...indented([visible(note)], 2)]),
    ...planLines(stack),
  ];
}
