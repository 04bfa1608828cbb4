import type { Environment } from "../../../environments";
import { capacityOf } from "../../../stacks/capacity";
import { STACKS } from "../../../stacks/stack-names";
import { sign, type Finding } from "../../cli/finding";
import { colour, columns, duration } from "../../cli/terminal";
import { inventory } from "../../inventory/inventory";
import type { Synthesized } from "./checks";
import type { Violation } from "./problem";
import type { RowName } from "./rows";

/** A row of the table at the end. */
export interface Row extends Finding {
  readonly check: RowName;
}

/** The result of a paper rehearsal. */
export interface Report {
  readonly synthesized: readonly Synthesized[];
  readonly rows: readonly Row[];
  readonly violations: readonly Violation[];
  readonly milliseconds: number;
}

/** The report for people. */
export function shownReport({ synthesized, rows, violations, milliseconds }: Report): string {
  return [
    ...(synthesized.length > 0 ? ["", ...overview(synthesized)] : []),
    "",
    ...table(rows),
    ...(violations.length > 0 ? ["", ...violationLines(violations)] : []),
    "",
    `Rehearsed on paper in ${duration(milliseconds)}: nothing was created, and AWS was not called.`,
  ].join("\n");
}

function overview(all: readonly Synthesized[]): string[] {
  return columns([
    ["", ...STACKS, "capacity"],
    ...all.map(({ environment, stacks }) => [
      environment.name,
      ...STACKS.map((stack) => {
        const { total, kinds } = inventory(stack, stacks[stack]);
        return `${total} resources of ${Object.keys(kinds).length} kinds`;
      }),
      capacityText(environment),
    ]),
  ]);
}

function capacityText(environment: Environment): string {
  const { shortfalls, outcomes } = capacityOf(environment);
  if (shortfalls.length > 0) return colour.red("does not fit");
  const fitting = outcomes.filter(({ fits }) => fits).length;
  return fitting === outcomes.length
    ? "fits at every moment"
    : `fits wherever it must (${fitting} of ${outcomes.length} moments)`;
}

function table(rows: readonly Row[]): string[] {
  return columns(
    rows.flatMap(({ check, status, why, fix = "" }) => [
      [sign(status), check, status === "skip" ? `not shown: ${why}` : why],
      ...(fix === "" ? [] : [["", "", colour.dim(`to show it: ${fix}`)]]),
    ]),
  );
}

/** One line per violation, naming all environments that have it. */
function violationLines(violations: readonly Violation[]): string[] {
  const environments = new Map<string, Set<string>>();
  for (const { environment, stack, construct, path, problem } of violations) {
    const where = [stack, construct].filter((part) => part !== undefined).join(" ");
    const text = `${where === "" ? "" : `${where}: `}${path === "" ? "" : `${path} `}${problem}`;
    environments.set(text, (environments.get(text) ?? new Set()).add(environment));
  }
  return [...environments].map(([text, names]) => `${sign("fail")} ${[...names].join(", ")}: ${text}`);
}

/** The report for scripts. */
export function forScripts({ synthesized, rows, violations, milliseconds }: Report) {
  return {
    environments: synthesized.map(({ environment, stacks }) => ({
      name: environment.name,
      capacity: capacityOf(environment).outcomes.map(({ moment, fits }) => ({ ...moment, fits })),
      stacks: STACKS.map((stack) => ({ name: stack, resources: inventory(stack, stacks[stack]).kinds })),
    })),
    rows,
    violations,
    seconds: Math.round(milliseconds / 100) / 10,
  };
}
