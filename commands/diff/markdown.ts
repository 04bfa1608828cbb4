import { costLine } from "../cost/difference";
import type { Change, Drift, ShownDifference } from "../plan/change";
import { visible } from "../plan/differences";
import { differenceLines, manner, marks } from "../plan/text";
import { caveats, nothingChanges, outline, type Report, type StackReport } from "./report";

/** GitHub refuses comments over 65,536 characters, and the workflow adds some text of its own. */
const LIMIT = 64_500;
/** Room for the note that something was left out. */
const RESERVE = 300;
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

/** By priority: what is not known, deletions and changes, creations, and what differs. */
const KINDS = ["notice", "change", "creation", "detail"] as const;

/** A block that is kept whole or left out. */
interface Block {
  readonly kind: (typeof KINDS)[number];
  /** Only called for blocks that may fit, as a plan can be far longer than a comment. */
  readonly text: () => string;
  /** Number of changes that it covers. */
  readonly count: number;
}

interface Section {
  readonly head: string;
  readonly blocks: readonly Block[];
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
  const room = limit - RESERVE - always.reduce((sum, line) => sum + bytes(line) + 2, 0);
  const blocks = sections.flatMap((each) => each.blocks);
  const kept = fitting(
    KINDS.flatMap((kind) => blocks.filter((each) => each.kind === kind)),
    room,
  );
  const lost = blocks.filter((block) => !kept.has(block));
  return `${[`${first}\n${title}`, cost, ...sections.flatMap((each) => shown(each, kept)), leftOut(lost)]
    .filter((text) => text !== "")
    .join("\n\n")}\n`;
}

const OPEN = "<details>\n<summary>What differs</summary>";
const CLOSE = "</details>";

/** The texts of the leading blocks that fit. */
function fitting(blocks: readonly Block[], room: number): ReadonlyMap<Block, string> {
  const kept = new Map<Block, string>();
  let left = room;
  for (const block of blocks) {
    const text = block.text();
    left -= bytes(text) + 2;
    if (left < 0) break;
    kept.set(block, text);
  }
  return kept;
}

function shown({ head, blocks }: Section, kept: ReadonlyMap<Block, string>): string[] {
  const of = (...kinds: readonly Block["kind"][]) =>
    blocks.flatMap((block) => (kinds.includes(block.kind) ? (kept.get(block) ?? []) : []));
  const details = of("detail");
  return [
    head,
    ...of("notice"),
    of("change", "creation").join("\n"),
    ...(details.length === 0 ? [] : [[OPEN, ...details, CLOSE].join("\n\n")]),
  ];
}

function leftOut(lost: readonly Block[]): string {
  const count = (isCounted: (block: Block) => boolean) =>
    lost.filter(isCounted).reduce((sum, { count: each }) => sum + each, 0);
  const plural = (number: number) => `${number} ${number === 1 ? "change" : "changes"}`;
  const details = count(({ kind }) => kind === "detail");
  const changes = count(({ kind }) => kind !== "detail");
  if (changes + details === 0) return "";
  const words = [
    ...(changes > 0 ? [plural(changes).replace(" ", " more ")] : []),
    ...(details > 0 ? [`the details of ${plural(details)}`] : []),
  ];
  return `**Left out because the comment would be too long: ${words.join(", and ")}. All of it is in \`diff.txt\`, in this run's artifact.**`;
}

function section(stack: StackReport): Section {
  const { changes, error, drift, outputs } = stack;
  const created = changes.filter(({ action }) => action === "create");
  const others = changes.filter(({ action }) => action !== "create");
  const isCounted = created.length > LISTED;
  const notices = [
    ...(error === undefined ? [] : [fenced(most(error.split("\n"), MOST.error))]),
    ...most(caveats(stack), MOST.notes, prose).map((note) => `> ${note}`),
    ...(drift.length === 0 ? [] : [`Changed outside Terraform:\n\n${drifted(drift)}`]),
  ];
  const single = (kind: Block["kind"]) => (change: Change) => ({ kind, text: () => item(change), count: 1 });
  const details = [
    // Creations that are only counted get no details.
    ...[...others, ...(isCounted ? [] : created)].map(({ name, address, differences }) => ({
      title: `${code(name)} (${code(address)})`,
      differences,
    })),
    { title: "Outputs", differences: outputs },
  ].filter(({ differences }) => differences.length > 0);
  return {
    head: `### ${prose(outline(stack))}`,
    blocks: [
      ...notices.map((text) => ({ kind: "notice", text: () => text, count: 0 }) as const),
      ...others.map(single("change")),
      ...(isCounted ? byKind(created) : created.map(single("creation"))),
      ...details.map(
        ({ title, differences }) =>
          ({ kind: "detail", text: () => detail(title, differences), count: 1 }) as const,
      ),
    ],
  };
}

function detail(title: string, differences: readonly ShownDifference[]): string {
  const short = differenceLines(differences.map(shortened));
  return `${title}\n\n${shortBlock(short, differenceLines(differences), MOST.differences)}`;
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

function byKind(created: readonly Change[]): Block[] {
  return [...new Set(created.map(({ type }) => type))].map((type) => {
    const all = created.filter((change) => change.type === type);
    const names = all.map(({ name }) => name);
    const marks = all.slice(0, 1).map(marked).join("");
    const more = all.some(({ differences }) => differences.length > 0) ? ": see `diff.txt`" : "";
    return {
      kind: "creation",
      text: () => `- ${all.length} × ${code(type)}${marks}: **created** ${named(names, LISTED)}${more}`,
      count: all.length,
    };
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
