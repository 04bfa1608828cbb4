import { stripVTControlCharacters } from "node:util";
import { visible } from "../cli/visible";
import { costLine } from "../cost/difference";
import { planLines } from "../plan/text";
import { nothingChanges, outline, type Report, type StackReport } from "./report";

/** GitHub refuses comments over 65,536 characters, and the workflow adds some text of its own. */
const LIMIT = 64_500;
/** Longest line, in characters. */
const LINE = 1_000;

/** A report for a pull request: the text, riskiest first, as far as it fits into a comment. */
export function markdown(report: Report, limit = LIMIT): string {
  const { environment, cost } = report;
  // By which the workflow finds its comment again.
  const marker = `<!-- wbot-diff:${environment} -->`;
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return `${marker}\n**${prose(nothing)}**\n`;
  const stacks = report.stacks.filter((stack) => stack.notes.length > 0 || linesOf(stack).length > 0);
  const heads = stacks.map(({ stack, notes }) =>
    [`### ${stack}`, ...notes.map((note) => `> ${prose(note)}`)].join("\n\n"),
  );
  const top = [
    `${marker}\n## ${prose(environment)}: ${prose(report.stacks.map(outline).join("; "))}`,
    ...(cost === undefined ? [] : [prose(costLine(cost))]),
  ];
  const room = (limit - bytes([...top, ...heads].join("\n\n"))) / stacks.length;
  const parts = stacks.flatMap((stack, index) => [heads[index] ?? "", ...fenced(linesOf(stack), room)]);
  return `${[...top, ...parts].join("\n\n")}\n`;
}

function linesOf(stack: StackReport): string[] {
  const lines = [...(stack.error?.split("\n") ?? []), ...planLines(stack)];
  return lines.slice(lines[0] === "" ? 1 : 0).map((line) => cut(visible(stripVTControlCharacters(line))));
}

const CUT = "**The rest: see `diff.txt` in this run's artifact.**";

/** A verbatim block of the lines that fit: its fence is longer than any run of backticks inside. */
function fenced(lines: readonly string[], room: number): string[] {
  if (lines.length === 0) return [];
  let fence = "```";
  while (lines.some((line) => line.includes(fence))) fence += "`";
  let left = room - bytes(`\n\n${fence}text\n${fence}\n\n${CUT}`);
  const fitting = lines.filter((line) => (left -= bytes(line) + 1) >= 0);
  return [[`${fence}text`, ...fitting, fence].join("\n"), ...(left < 0 ? [CUT] : [])];
}

/** Text with Markdown, HTML and mentions escaped. */
function prose(value: string): string {
  return visible(cut(value))
    .replace(/[\\`*_[\]<>|~#&]/g, (sign) => `\\${sign}`)
    .replaceAll("@", "@\u200b");
}

function cut(line: string): string {
  return line.length > LINE ? `${line.slice(0, LINE)}… (diff.txt has all of it)` : line;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
