import { colour, columns } from "../cli/terminal";
import { visible } from "./differences";
import {
  caveats,
  nothingChanges,
  outline,
  type Drift,
  type Report,
  type ReportedAction,
  type ReportedChange,
  type ShownDifference,
  type StackReport,
} from "./report";

const SIGNS: Readonly<Record<ReportedAction, string>> = {
  delete: colour.red("-"),
  replace: colour.red("±"),
  update: colour.yellow("~"),
  forget: colour.yellow("○"),
  import: colour.cyan("←"),
  move: colour.cyan("→"),
  create: colour.green("+"),
};

/** A report for people, whole. */
export function text(report: Report): string {
  const nothing = nothingChanges(report);
  if (nothing !== undefined) return nothing;
  return [
    `${report.environment}: what a deploy would change`,
    ...report.stacks.map((stack) => ["", colour.bold(outline(stack)), ...stackLines(stack)].join("\n")),
  ].join("\n");
}

function stackLines(stack: StackReport): string[] {
  const created = stack.changes.filter(({ action }) => action === "create");
  const others = stack.changes.filter(({ action }) => action !== "create");
  return [
    ...(stack.error === undefined ? [] : ["", ...indented(lines(stack.error), 2)]),
    ...caveats(stack).flatMap((caveat) => ["", ...indented([visible(caveat)], 2)]),
    ...others.flatMap((change) => ["", ...changeLines(change)]),
    ...(created.length === 0 ? [] : ["", ...createdLines(created)]),
    ...(stack.drift.length === 0
      ? []
      : ["", "  Changed outside Terraform:", ...stack.drift.flatMap(driftLines)]),
  ];
}

function changeLines(change: ReportedChange): string[] {
  return [
    `  ${SIGNS[change.action]} ${visible(change.name)}  ${visible(change.type)}: ${manner(change)}${tags(change)}`,
    ...indented(
      [
        ...(change.meaning === "" ? [] : [change.meaning]),
        ...(change.forcedBy.length === 0 ? [] : [`because of ${change.forcedBy.join(", ")}`]),
        ...differenceLines(change.differences),
      ],
      6,
    ),
  ];
}

/** "replaced, the old one goes first", "moved from aws_vpc.a". */
export function manner(change: ReportedChange): string {
  const { action, previousAddress, importing, createFirst, deposed } = change;
  const words = {
    delete: deposed === undefined ? "destroyed" : "an old object destroyed",
    replace: `replaced, the ${createFirst === true ? "new one comes" : "old one goes"} first`,
    update: "updated",
    forget: "forgotten, not destroyed",
    import: "imported",
    move: "moved",
    create: "created",
  };
  return [
    words[action],
    ...(previousAddress === undefined
      ? []
      : [`${action === "move" ? "" : "moved "}from ${visible(previousAddress)}`]),
    ...(importing === undefined || action === "import" ? [] : ["imported"]),
    ...(importing === undefined || importing === "" ? [] : [`from ${visible(importing)}`]),
  ].join(", ");
}

function createdLines(created: readonly ReportedChange[]): string[] {
  const rows = columns(
    created.map((change) => [
      `${SIGNS.create} ${visible(change.name)}`,
      `${visible(change.type)}${change.importing === undefined && change.previousAddress === undefined ? "" : `: ${manner(change)}`}${tags(change)}`,
    ]),
    "  ",
  );
  return created.flatMap(({ differences }, index) => [
    rows[index] ?? "",
    ...indented(differenceLines(differences), 6),
  ]);
}

function driftLines({ name, type, deleted, differences }: Drift): string[] {
  return [
    `  ! ${visible(name)}  ${visible(type)}${deleted ? ": is gone" : ""}`,
    ...indented(differenceLines(differences), 6),
  ];
}

export function differenceLines(differences: readonly ShownDifference[]): string[] {
  return differences.map(({ path, before, after }) => visible(`${path}: ${before} → ${after}`));
}

function tags({ labels }: ReportedChange): string {
  return labels.length === 0 ? "" : ` ${colour.magenta(`[${labels.join(", ")}]`)}`;
}

/** A text of several lines, each as it may be shown. */
function lines(value: string): string[] {
  return value.split("\n").map(visible);
}

function indented(all: readonly string[], by: number): string[] {
  return all.map((line) => `${" ".repeat(by)}${line}`.trimEnd());
}
