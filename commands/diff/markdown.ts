import { visible } from "./differences";
import {
  caveats,
  nothingChanges,
  outline,
  type Drift,
  type Report,
  type ReportedChange,
  type StackReport,
} from "./report";
import { differenceLines, lines, manner } from "./text";

/** GitHub refuses a comment of more than 65,536 characters. */
const LIMIT = 65_000;
/** For what says that something was left out. */
const RESERVE = 300;
/** Longest text of an error: the whole of it is in diff.txt. */
const ERROR_BYTES = 6_000;
/** Differences that are shown of one change. */
const DIFFERENCES = 40;
const DRIFTED = 20;
/** New resources up to this number are listed one by one; more are counted by kind. */
const LISTED = 12;

/** A line or a block that is there as a whole or not at all. */
interface Entry {
  readonly text: string;
  /** Resources that it tells of. */
  readonly count: number;
}

interface Section {
  readonly head: readonly string[];
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
  const first = marker(report.environment);
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return `${first}\n**${prose(nothing)}**\n`;
  const title = `## ${prose(report.environment)}: ${prose(report.stacks.map(outline).join("; "))}`;
  const sections = report.stacks.map(section);
  const always = [first, title, ...sections.flatMap(({ head }) => [...head, OPEN, CLOSE])];
  const kept = fitting(
    // What goes or changes in either stack, then what is new, then the details.
    [
      ...sections.flatMap(({ entries }) => entries),
      ...sections.flatMap(({ created }) => created),
      ...sections.flatMap(({ details }) => details),
    ],
    limit - RESERVE - always.reduce((sum, line) => sum + bytes(line) + 2, 0),
  );
  const body = sections.flatMap(({ head, entries, created, details }) => [
    ...head,
    [...entries, ...created]
      .filter((entry) => kept.has(entry))
      .map((entry) => entry.text)
      .join("\n"),
    folded(details.filter((entry) => kept.has(entry))),
  ]);
  const blocks = [`${first}\n${title}`, ...body, leftOut(sections, kept)];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

const OPEN = "<details>\n<summary>What differs</summary>";
const CLOSE = "</details>";

function folded(details: readonly Entry[]): string {
  return details.length === 0 ? "" : [OPEN, ...details.map((entry) => entry.text), CLOSE].join("\n\n");
}

function section(stack: StackReport): Section {
  const created = stack.changes.filter(({ action }) => action === "create");
  const others = stack.changes.filter(({ action }) => action !== "create");
  return {
    head: [
      `### ${prose(outline(stack))}`,
      ...(stack.error === undefined ? [] : [fenced(shortened(lines(stack.error)))]),
      ...caveats(stack).map((caveat) => `> ${prose(caveat)}`),
      ...(stack.drift.length === 0 ? [] : [drifted(stack.drift)]),
    ],
    entries: others.map((change) => ({ text: item(change), count: 1 })),
    created:
      created.length > LISTED ? byKind(created) : created.map((change) => ({ text: item(change), count: 1 })),
    details: others
      .filter(({ differences }) => differences.length > 0)
      .map((change) => ({ text: detail(change), count: 1 })),
  };
}

function item(change: ReportedChange): string {
  const { name, type, labels, meaning, forcedBy } = change;
  const words = [
    `**${prose(manner(change))}**`,
    ...(meaning === "" ? [] : [prose(meaning)]),
    ...(forcedBy.length === 0 ? [] : [`Because of ${forcedBy.map(code).join(", ")}.`]),
  ];
  return `- ${code(name)} ${code(type)}${labels.map((label) => ` \`${label}\``).join("")}: ${words.join(" ")}`;
}

function byKind(created: readonly ReportedChange[]): Entry[] {
  const kinds = new Map<string, ReportedChange[]>();
  for (const change of created) kinds.set(change.type, [...(kinds.get(change.type) ?? []), change]);
  return [...kinds.values()].map((all) => {
    const names = all.slice(0, LISTED).map(({ name }) => code(name));
    const more = all.length > LISTED ? ` and ${all.length - LISTED} more` : "";
    const [{ type, labels } = { type: "", labels: [] }] = all;
    return {
      text: `- ${all.length} × ${code(type)}${labels.map((label) => ` \`${label}\``).join("")}: **created** ${names.join(", ")}${more}`,
      count: all.length,
    };
  });
}

function detail(change: ReportedChange): string {
  const { differences } = change;
  const shown = differenceLines(differences.slice(0, DIFFERENCES));
  const more = differences.length - shown.length;
  return [
    `${code(change.name)} (${code(change.address)})`,
    fenced([...shown, ...(more > 0 ? [`… and ${more} more: see diff.txt`] : [])]),
  ].join("\n\n");
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
    fenced([
      ...rows.slice(0, DRIFTED).map(visible),
      ...(more > 0 ? [`… and ${more} more: see diff.txt`] : []),
    ]),
  ].join("\n\n");
}

/** The first entries that have room, in their order. */
function fitting(entries: readonly Entry[], room: number): Set<Entry> {
  const kept = new Set<Entry>();
  let left = room;
  for (const entry of entries) {
    left -= bytes(entry.text) + 2;
    if (left < 0) break;
    kept.add(entry);
  }
  return kept;
}

function leftOut(sections: readonly Section[], kept: ReadonlySet<Entry>): string {
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

function shortened(all: readonly string[]): string[] {
  const kept: string[] = [];
  let left = ERROR_BYTES;
  for (const line of all) {
    left -= bytes(line) + 1;
    if (left < 0) return [...kept, "… the rest is in diff.txt"];
    kept.push(line);
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
  const line = visible(value);
  const ticks = "`".repeat(longestRun(line) + 1);
  const padded = line === "" || /^[`\s]|[`\s]$/.test(line) ? ` ${line} ` : line;
  return `${ticks}${padded}${ticks}`;
}

function longestRun(value: string): number {
  return Math.max(0, ...(value.match(/`+/g) ?? []).map((run) => run.length));
}

/** Text whose characters mean nothing to Markdown or HTML, and that mentions nobody. */
function prose(value: string): string {
  return visible(value)
    .replace(/[\\`*_[\]<>|~#&]/g, (each) => `\\${each}`)
    .replaceAll("@", "@\u200b");
}
