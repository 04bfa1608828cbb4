import { costLine } from "../cost/difference";
import type { Change, Drift, ShownDifference } from "../plan/change";
import { visible } from "../plan/differences";
import { differenceLines, manner, marks } from "../plan/text";
import { nothingChanges, outline, type Report, type StackReport } from "./report";

/** GitHub refuses comments over 65,536 characters, and the workflow adds some text of its own. */
const LIMIT = 64_500;
/** Longest line, in bytes; diff.txt has all of it. */
const LINE = 500;
/** Longest text of a value, in characters; diff.txt has all of it. */
const VALUE = 120;
/** Characters of common text shown before the place where two values differ. */
const LEAD = 20;
/** Longest name, address or argument, in bytes. */
const NAME = 300;
/** How many are shown of an error's lines, the notes, what forces a replacement, a change's differences, and the drift. */
const MOST = { error: 20, notes: 10, forcing: 5, differences: 40, drift: 20 };
/** Up to this many new resources are listed one by one; more are counted by kind. */
const LISTED = 12;

/** By which the workflow finds its comment again. */
function marker(environment: string): string {
  return `<!-- wbot-diff:${environment} -->`;
}

/** A report for a pull request: short enough for a comment, with everything from plans escaped. */
export function markdown(report: Report, limit = LIMIT): string {
  const all = whole(report, limit);
  return bytes(all) <= limit ? all : `${marker(report.environment)}\n${NO_ROOM}\n`;
}

const NO_ROOM = "**Too long for a comment: see `diff.txt` in this run's artifact.**";
const CUT =
  "**The rest is left out, since the comment would be too long: see `diff.txt` in this run's artifact.**";
const OPEN = "<details>\n<summary>What differs</summary>";
const CLOSE = "</details>";

function whole(report: Report, limit: number): string {
  const first = marker(report.environment);
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return `${first}\n**${prose(nothing)}**\n`;
  const title = `## ${prose(report.environment)}: ${prose(report.stacks.map(outline).join("; "))}`;
  const top = [`${first}\n${title}`, ...(report.cost === undefined ? [] : [prose(costLine(report.cost))])];
  const heads = report.stacks.map((stack) => `### ${prose(outline(stack))}`);
  const always = [...top, ...heads.flatMap((head) => [head, OPEN, CLOSE]), CUT];
  let room = limit - always.reduce((sum, text) => sum + bytes(text) + 2, 0);
  /** The leading texts that fit; from the first that doesn't, none of any kind. */
  const fitting = (texts: readonly string[]) => texts.filter((text) => (room -= bytes(text) + 2) >= 0);
  const sections = report.stacks.map(section);
  // By priority: what is not known, deletions and changes, creations, and what differs.
  const notices = sections.map((each) => fitting(each.notices));
  const changes = sections.map((each) => fitting(each.changes));
  const creations = sections.map((each) => fitting(each.creations));
  const details = sections.map((each) => fitting(each.details));
  const shown = heads.flatMap((head, index) => {
    const items = [...(changes[index] ?? []), ...(creations[index] ?? [])].join("\n");
    const folded = details[index] ?? [];
    return [
      head,
      ...(notices[index] ?? []),
      ...(items === "" ? [] : [items]),
      ...(folded.length === 0 ? [] : [OPEN, ...folded, CLOSE]),
    ];
  });
  return `${[...top, ...shown, ...(room < 0 ? [CUT] : [])].join("\n\n")}\n`;
}

/** A stack's texts, which are kept whole or left out. */
function section(stack: StackReport) {
  const { changes, error, notes, drift, outputs } = stack;
  const created = changes.filter(({ action }) => action === "create");
  const others = changes.filter(({ action }) => action !== "create");
  const isCounted = created.length > LISTED;
  // Creations that are only counted get no details.
  const detailed = [...others, ...(isCounted ? [] : created)];
  return {
    notices: [
      ...(error === undefined ? [] : [fenced(most(error.split("\n"), MOST.error))]),
      ...most(notes, MOST.notes, prose).map((note) => `> ${note}`),
      ...(drift.length === 0 ? [] : [`Changed outside Terraform:\n\n${drifted(drift)}`]),
    ],
    changes: others.map(item),
    creations: isCounted ? byKind(created) : created.map(item),
    details: [
      ...detailed.map((each) => detail(`${code(each.name)} (${code(each.address)})`, each.differences)),
      detail("Outputs", outputs),
    ].filter((text) => text !== ""),
  };
}

function detail(title: string, all: readonly ShownDifference[]): string {
  const short = differenceLines(all.map(shortened));
  return all.length === 0 ? "" : `${title}\n\n${shortBlock(short, differenceLines(all), MOST.differences)}`;
}

function item(change: Change): string {
  const { name, type, why, forcedBy } = change;
  const words = [
    `**${prose(manner(change))}**`,
    ...(why === "" ? [] : [prose(why)]),
    ...(forcedBy.length === 0 ? [] : [`Because of ${named(forcedBy, MOST.forcing)}.`]),
  ];
  return `- ${code(name)} ${code(type)}${marked(change)}: ${words.join(" ")}`;
}

function marked(change: Pick<Change, "risk" | "labels">): string {
  return marks(change)
    .map((mark) => ` \`${mark}\``)
    .join("");
}

function byKind(created: readonly Change[]): string[] {
  return [...new Set(created.map(({ type }) => type))].map((type) => {
    const all = created.filter((change) => change.type === type);
    const names = all.map(({ name }) => name);
    const marks = all.slice(0, 1).map(marked).join("");
    const more = all.some(({ differences }) => differences.length > 0) ? ": see `diff.txt`" : "";
    return `- ${all.length} × ${code(type)}${marks}: **created** ${named(names, LISTED)}${more}`;
  });
}

/** Names as code: "a, b and 3 more". */
function named(all: readonly string[], limit: number): string {
  const more = all.length > limit ? ` and ${all.length - limit} more` : "";
  return `${all.slice(0, limit).map(code).join(", ")}${more}`;
}

function drifted(all: readonly Drift[]): string {
  const rows = (of: (difference: ShownDifference) => ShownDifference) =>
    all.flatMap(({ name, type, deleted, differences }) =>
      deleted
        ? [`${name} (${type}) is gone`]
        : differenceLines(differences.map(of)).map((each) => `${name} (${type}) ${each}`),
    );
  return shortBlock(
    rows(shortened),
    rows((each) => each),
    MOST.drift,
  );
}

/** The first of these lines, and a note if a line of them is not whole. */
function shortBlock(short: readonly string[], whole: readonly string[], limit: number): string {
  const isWhole = short.slice(0, limit).every((each, index) => line(each) === visible(whole[index] ?? ""));
  return `${fenced(most(short, limit))}${isWhole ? "" : "\n\nLong values are shortened here: `diff.txt` has all of them."}`;
}

/** Of long values, the part that differs. */
function shortened({ path, before, after }: ShownDifference): ShownDifference {
  if (before.length <= VALUE && after.length <= VALUE) return { path, before, after };
  const start = Math.max(0, commonStart(before, after) - LEAD);
  return { path, before: part(before, start), after: part(after, start) };
}

function commonStart(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return index === a.length || index === b.length ? 0 : index;
}

function part(value: string, start: number): string {
  const from = start < value.length - 1 ? start : 0;
  const shown = value.slice(from, from + VALUE);
  // Without half a surrogate pair at either end.
  const whole = shown.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
  return `${from > 0 ? "…" : ""}${whole}${from + shown.length < value.length ? "…" : ""}`;
}

/** The first lines, escaped, and how many more there are. */
function most(lines: readonly string[], limit: number, escaped = line): string[] {
  const more = lines.length - limit;
  return [...lines.slice(0, limit).map(escaped), ...(more > 0 ? [`… and ${more} more: see diff.txt`] : [])];
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

/** A verbatim block: its fence is longer than any run of backticks inside. */
function fenced(all: readonly string[]): string {
  const fence = "`".repeat(Math.max(3, longestRun(all.join("\n")) + 1));
  return [`${fence}text`, ...all, fence].join("\n");
}

/** Inline code: whatever is in it becomes neither markup nor a mention. */
function code(value: string): string {
  const shown = cut(value, NAME, visible);
  const ticks = "`".repeat(longestRun(shown) + 1);
  const padded = shown === "" || /^[`\s]|[`\s]$/.test(shown) ? ` ${shown} ` : shown;
  return `${ticks}${padded}${ticks}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}

/** Text with Markdown, HTML and mentions escaped. */
function prose(value: string): string {
  return cut(value, LINE, (each) =>
    visible(each)
      .replace(/[\\`*_[\]<>|~#&]/g, (sign) => `\\${sign}`)
      .replaceAll("@", "@\u200b"),
  );
}

/** A line inside a fence. */
function line(value: string): string {
  return cut(value, LINE, visible);
}

/** As many whole characters as fit, each escaped by `shown`. */
function cut(value: string, room: number, shown: (text: string) => string): string {
  const all = shown(value);
  if (bytes(all) <= room) return all;
  let text = "";
  let left = room;
  for (const character of value) {
    const next = shown(character);
    left -= bytes(next);
    if (left < 0) return `${text}…`;
    text += next;
  }
  return text;
}
