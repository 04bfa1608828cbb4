import { colour, columns } from "../cli/terminal";
import { visible } from "../cli/visible";
import type { Action, Change, PlannedChanges, ShownDifference } from "./change";
import { DONE } from "./summary";

const SIGNS: Readonly<Record<Action, string>> = {
  delete: colour.red("-"),
  replace: colour.red("±"),
  update: colour.yellow("~"),
  forget: colour.yellow("○"),
  import: colour.cyan("←"),
  move: colour.cyan("→"),
  create: colour.green("+"),
};

/** What a plan does, as lines for people, with an empty line before each part. */
export function planLines({ changes, outputs }: PlannedChanges): string[] {
  const created = changes.filter(({ action }) => action === "create");
  const others = changes.filter(({ action }) => action !== "create");
  return [
    ...others.flatMap((change) => ["", ...changeLines(change)]),
    ...(created.length === 0 ? [] : ["", ...createdLines(created)]),
    ...(outputs.length === 0 ? [] : ["", "  Outputs:", ...indented(differenceLines(outputs), 6)]),
  ];
}

function changeLines(change: Change): string[] {
  return [
    `  ${SIGNS[change.action]} ${visible(change.name)}  ${visible(change.type)}: ${manner(change)}${tags(change)}`,
    ...indented(
      [
        ...(change.why === "" ? [] : [change.why]),
        ...(change.forcedBy.length === 0 ? [] : [visible(`because of ${change.forcedBy.join(", ")}`)]),
        ...differenceLines(change.differences),
      ],
      6,
    ),
  ];
}

/** "replaced, old one first", "moved from aws_vpc.a". */
function manner(change: Change): string {
  const { action, previousAddress, importing, createFirst, refused, deposed } = change;
  const words: Partial<Record<Action, string>> = {
    delete: deposed === undefined ? "destroyed" : "an old object is destroyed",
    replace:
      refused === undefined
        ? `replaced, ${createFirst === true ? "new one first" : "old one first"}`
        : "can't be replaced",
    forget: "forgotten, not destroyed",
  };
  return [
    words[action] ?? DONE[action],
    ...(previousAddress === undefined
      ? []
      : [`${action === "move" ? "" : "moved "}from ${visible(previousAddress)}`]),
    ...(importing === undefined || action === "import" ? [] : ["imported"]),
    ...(importing === undefined || importing === "" ? [] : [`from ${visible(importing)}`]),
  ].join(", ");
}

function createdLines(created: readonly Change[]): string[] {
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

function differenceLines(differences: readonly ShownDifference[]): string[] {
  return differences.map(({ path, before, after }) => visible(`${path}: ${before} → ${after}`));
}

/** What to look at twice: "high risk", "iam". */
function tags({ risk, labels }: Change): string {
  const all = [...(risk === "high" ? ["high risk"] : []), ...labels];
  return all.length === 0 ? "" : ` ${colour.magenta(`[${all.join(", ")}]`)}`;
}

export function indented(all: readonly string[], by: number): string[] {
  return all.map((line) => `${" ".repeat(by)}${line}`.trimEnd());
}
