import { costLine } from "../cost/difference";
import type { Change, Drift, ShownDifference } from "../plan/change";
import { visible } from "../plan/differences";
import { differenceLines, manner, marks } from "../plan/text";
import { caveats, nothingChanges, outline, type Report, type StackReport } from "./report";

/** GitHub refuses comments over 65,536 characters, and the workflow adds some text of its own. */
const LIMIT = 64_500;
/** Room for the note that something was left out. */
const RESERVE = 300;
/** Longest error text; diff.txt has all of it. */
const ERROR_BYTES = 6_000;
const ERROR_LINE_BYTES = 2_000;
/** Longest note, and longest line of a difference. */
const LINE_BYTES = 400;
/** Longest name, address or argument. */
const NAME_BYTES = 300;
const NOTES = 10;
const FORCING = 5;
/** Differences shown per change. */
const DIFFERENCES = 40;
const DRIFTED = 20;
/** Up to this many new resources are listed one by one; more are counted by kind. */
const LISTED = 12;

/** A line or block that is kept whole or left out. */
interface Entry {
  /** Only called for entries that may fit, as a plan can be far longer than a comment. */
  readonly text: () => string;
  /** Number of resources that it covers. */
  readonly count: number;
}

interface Section {
  readonly head: string;
  /** Errors, unknowns and drift. */
  readonly notices: readonly Entry[];
  readonly entries: readonly Entry[];
  readonly created: readonly Entry[];
  readonly details: readonly Entry[];
}

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

function whole(report: Report, limit: number): string {
  const first = marker(report.environment);
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return `${first}\n**${prose(nothing)}**\n`;
  const title = `## ${prose(report.environment)}: ${prose(report.stacks.map(outline).join("; "))}`;
  const cost = report.cost === undefined ? "" : prose(costLine(report.cost));
  const sections = report.stacks.map(section);
  const always = [first, title, cost, ...sections.flatMap(({ head }) => [head, OPEN, CLOSE])];
  const kept = fitting(
    // By priority: caveats, deletions and changes of both stacks, creations, details.
    [
      ...sections.flatMap(({ notices }) => notices),
      ...sections.flatMap(({ entries }) => entries),
      ...sections.flatMap(({ created }) => created),
      ...sections.flatMap(({ details }) => details),
    ],
    limit - RESERVE - always.reduce((sum, line) => sum + bytes(line) + 2, 0),
  );
  const body = sections.flatMap(({ head, notices, entries, created, details }) => [
    head,
    ...texts(notices, kept),
    texts([...entries, ...created], kept).join("\n"),
    folded(texts(details, kept)),
  ]);
  const blocks = [`${first}\n${title}`, cost, ...body, leftOut(sections, kept)];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

const OPEN = "<details>\n<summary>What differs</summary>";
const CLOSE = "</details>";

function folded(details: readonly string[]): string {
  return details.length === 0 ? "" : [OPEN, ...details, CLOSE].join("\n\n");
}

function texts(entries: readonly Entry[], kept: ReadonlyMap<Entry, string>): string[] {
  return entries.flatMap((entry) => kept.get(entry) ?? []);
}

function section(stack: StackReport): Section {
  const created = stack.changes.filter(({ action }) => action === "create");
  const others = stack.changes.filter(({ action }) => action !== "create");
  return {
    head: `### ${prose(outline(stack))}`,
    notices: [
      ...(stack.error === undefined ? [] : [fenced(shortened(stack.error))]),
      ...quoted(caveats(stack)),
      ...(stack.drift.length === 0 ? [] : [drifted(stack.drift)]),
    ].map((text) => ({ text: () => text, count: 0 })),
    entries: others.map((change) => ({ text: () => item(change), count: 1 })),
    created:
      created.length > LISTED
        ? byKind(created)
        : created.map((change) => ({ text: () => item(change), count: 1 })),
    // Creations that are only counted get no details.
    details: [
      ...[...others, ...(created.length > LISTED ? [] : created)].map(({ name, address, differences }) => ({
        title: `${code(name)} (${code(address)})`,
        differences,
      })),
      { title: "Outputs", differences: stack.outputs },
    ]
      .filter(({ differences }) => differences.length > 0)
      .map(({ title, differences }) => ({ text: () => detail(title, differences), count: 1 })),
  };
}

function quoted(notes: readonly string[]): string[] {
  const more = notes.length - NOTES;
  return [
    ...notes.slice(0, NOTES).map((note) => `> ${prose(note)}`),
    ...(more > 0 ? [`> … and ${more} more: see diff.txt`] : []),
  ];
}

function item(change: Change): string {
  const { name, type, why, forcedBy } = change;
  const words = [
    `**${prose(manner(change))}**`,
    ...(why === "" ? [] : [prose(why)]),
    ...(forcedBy.length === 0 ? [] : [`Because of ${forcing(forcedBy)}.`]),
  ];
  return `- ${code(name)} ${code(type)}${marked(change)}: ${words.join(" ")}`;
}

function marked(change: Pick<Change, "risk" | "labels">): string {
  return marks(change)
    .map((mark) => ` \`${mark}\``)
    .join("");
}

function forcing(all: readonly string[]): string {
  const more = all.length - FORCING;
  return `${all.slice(0, FORCING).map(code).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function byKind(created: readonly Change[]): Entry[] {
  const kinds = new Map<string, Change[]>();
  for (const change of created) kinds.set(change.type, [...(kinds.get(change.type) ?? []), change]);
  return [...kinds.values()].map((all) => {
    const names = all.slice(0, LISTED).map(({ name }) => code(name));
    const more = all.length > LISTED ? ` and ${all.length - LISTED} more` : "";
    const [first] = all;
    return {
      text: () =>
        `- ${all.length} × ${code(first?.type ?? "")}${first ? marked(first) : ""}: **created** ${names.join(", ")}${more}`,
      count: all.length,
    };
  });
}

function detail(title: string, differences: readonly ShownDifference[]): string {
  const shown = differenceLines(differences.slice(0, DIFFERENCES)).map(line);
  const more = differences.length - shown.length;
  return [title, fenced([...shown, ...(more > 0 ? [`… and ${more} more: see diff.txt`] : [])])].join("\n\n");
}

function drifted(all: readonly Drift[]): string {
  const rows = all.flatMap(({ name, type, deleted, differences }) =>
    deleted
      ? [`${name} (${type}) is gone`]
      : differenceLines(differences).map((line) => `${name} (${type}) ${line}`),
  );
  const more = rows.length - DRIFTED;
  return [
    "Changed outside Terraform:",
    fenced([...rows.slice(0, DRIFTED).map(line), ...(more > 0 ? [`… and ${more} more: see diff.txt`] : [])]),
  ].join("\n\n");
}

/** The texts of the leading entries that fit. */
function fitting(entries: readonly Entry[], room: number): Map<Entry, string> {
  const kept = new Map<Entry, string>();
  let left = room;
  for (const entry of entries) {
    const text = entry.text();
    left -= bytes(text) + 2;
    if (left < 0) break;
    kept.set(entry, text);
  }
  return kept;
}

function leftOut(sections: readonly Section[], kept: ReadonlyMap<Entry, string>): string {
  const lost = (of: (section: Section) => readonly Entry[]) =>
    sections
      .flatMap(of)
      .filter((entry) => !kept.has(entry))
      .reduce((sum, { count }) => sum + count, 0);
  const changes = lost(({ entries, created }) => [...entries, ...created]);
  const details = lost((each) => each.details);
  if (changes + details === 0) return "";
  const words = [
    ...(changes > 0 ? [`${changes} more ${changes === 1 ? "change" : "changes"}`] : []),
    ...(details > 0 ? [`the details of ${details} ${details === 1 ? "change" : "changes"}`] : []),
  ];
  return `**Left out because the comment would be too long: ${words.join(", and ")}. All of it is in \`diff.txt\`, in this run's artifact.**`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

function shortened(error: string): string[] {
  const kept: string[] = [];
  let left = ERROR_BYTES;
  for (const each of error.split("\n")) {
    const shown = cut(each, ERROR_LINE_BYTES, visible);
    left -= bytes(shown) + 1;
    if (left < 0) return [...kept, "… the rest is in diff.txt"];
    kept.push(shown);
  }
  return kept;
}

/** A verbatim block: its fence is longer than any run of backticks inside. */
function fenced(all: readonly string[]): string {
  const fence = "`".repeat(Math.max(3, longestRun(all.join("\n")) + 1));
  return [`${fence}text`, ...all, fence].join("\n");
}

/** Inline code: whatever is in it becomes neither markup nor a mention. */
function code(value: string): string {
  const shown = cut(value, NAME_BYTES, visible);
  const ticks = "`".repeat(longestRun(shown) + 1);
  const padded = shown === "" || /^[`\s]|[`\s]$/.test(shown) ? ` ${shown} ` : shown;
  return `${ticks}${padded}${ticks}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}

/** Text with Markdown, HTML and mentions escaped. */
function prose(value: string): string {
  return cut(value, LINE_BYTES, (each) =>
    visible(each)
      .replace(/[\\`*_[\]<>|~#&]/g, (sign) => `\\${sign}`)
      .replaceAll("@", "@\u200b"),
  );
}

/** A line inside a fence. */
function line(value: string): string {
  return cut(value, LINE_BYTES, visible);
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
