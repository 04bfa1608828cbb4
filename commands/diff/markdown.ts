import type { Change, Drift, ShownDifference } from "../plan/change";
import { visible } from "../plan/differences";
import { differenceLines, manner, marks } from "../plan/text";
import { caveats, nothingChanges, outline, type Report, type StackReport } from "./report";

/** GitHub refuses a comment of more than 65,536 characters, of which a workflow needs some for its own words. */
const LIMIT = 64_500;
/** For what says that something was left out. */
const RESERVE = 300;
/** Longest text of an error: the whole of it is in diff.txt. */
const ERROR_BYTES = 6_000;
const ERROR_LINE_BYTES = 2_000;
/** Longest text of a note, and of a line of what differs. */
const LINE_BYTES = 400;
/** Longest name, address or argument. */
const NAME_BYTES = 300;
const NOTES = 10;
const FORCING = 5;
/** Differences that are shown of one change. */
const DIFFERENCES = 40;
const DRIFTED = 20;
/** New resources up to this number are listed one by one; more are counted by kind. */
const LISTED = 12;

/** A line or a block that is there as a whole or not at all. */
interface Entry {
  /** Writes it: only asked of what may have room, as a plan can be far longer than a comment. */
  readonly text: () => string;
  /** Resources that it tells of. */
  readonly count: number;
}

interface Section {
  readonly head: string;
  /** What went wrong, what can't be known, and what others changed. */
  readonly notices: readonly Entry[];
  readonly entries: readonly Entry[];
  readonly created: readonly Entry[];
  readonly details: readonly Entry[];
}

/** By which a workflow finds its own comment again. */
function marker(environment: string): string {
  return `<!-- wbot-diff:${environment} -->`;
}

/** A report for a pull request: short enough for a comment, and what plans hold can't become markup in it. */
export function markdown(report: Report, limit = LIMIT): string {
  const all = whole(report, limit);
  return bytes(all) <= limit ? all : `${marker(report.environment)}\n${NO_ROOM}\n`;
}

const NO_ROOM = "**A comment has no room for this: all of it is in `diff.txt`, in this run's artifact.**";

function whole(report: Report, limit: number): string {
  const first = marker(report.environment);
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return `${first}\n**${prose(nothing)}**\n`;
  const title = `## ${prose(report.environment)}: ${prose(report.stacks.map(outline).join("; "))}`;
  const sections = report.stacks.map(section);
  const always = [first, title, ...sections.flatMap(({ head }) => [head, OPEN, CLOSE])];
  const kept = fitting(
    // What keeps a plan from being the whole truth, what goes or changes in either stack, what is new, the details.
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
  const blocks = [`${first}\n${title}`, ...body, leftOut(sections, kept)];
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
    // New ones that are only counted are not told apart.
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

/** The texts of the first entries that have room, in their order. */
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
    ...(details > 0 ? [`what differs in ${details} ${details === 1 ? "change" : "changes"}`] : []),
  ];
  return `**Left out, as a comment has no room for it: ${words.join(", and ")}. All of it is in \`diff.txt\`, in this run's artifact.**`;
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

/** Lines that stay what they are: the fence is longer than any that they hold. */
function fenced(all: readonly string[]): string {
  const fence = "`".repeat(Math.max(3, longestRun(all.join("\n")) + 1));
  return [`${fence}text`, ...all, fence].join("\n");
}

/** One line of code, whatever is in it: no markup, no mention. */
function code(value: string): string {
  const shown = cut(value, NAME_BYTES, visible);
  const ticks = "`".repeat(longestRun(shown) + 1);
  const padded = shown === "" || /^[`\s]|[`\s]$/.test(shown) ? ` ${shown} ` : shown;
  return `${ticks}${padded}${ticks}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}

/** Text whose characters mean nothing to Markdown or HTML, and that mentions nobody. */
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

/** As many whole characters as have room, each as it may be shown. */
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
