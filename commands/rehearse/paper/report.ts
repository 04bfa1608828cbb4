import type { Environment } from "../../../environments";
import { unknownTypes } from "../../../environments/instance-types";
import { capacityOf, type Capacity } from "../../../stacks/capacity";
import { momentLines } from "../../capacity/capacity";
import { sign, type Finding } from "../../cli/finding";
import { colour, columns, duration } from "../../cli/terminal";
import { inventory, kindLines } from "../../inventory/inventory";
import { STACKS, type StackName } from "../../../stacks/stack-names";
import type { Synthesized } from "./checks";
import type { Made, Order } from "./order";
import type { Violation } from "./problem";
import type { RowName } from "./rows";

/** A row of the table at the end. */
export interface Row extends Finding {
  readonly check: RowName;
}

export interface Report {
  readonly synthesized: readonly Synthesized[];
  readonly rows: readonly Row[];
  readonly violations: readonly Violation[];
  readonly milliseconds: number;
}

/** The report for people, with full details if it covers a single environment. */
export function shownReport(
  { synthesized, rows, violations, milliseconds }: Report,
  detailed: boolean,
): string {
  const [first] = synthesized;
  return [
    ...(first ? ["", ...overview(synthesized), "", ...(detailed ? details(first) : orderLines(first))] : []),
    "",
    ...table(rows),
    ...(violations.length > 0 ? ["", ...violationLines(violations)] : []),
    "",
    `Rehearsed on paper in ${duration(milliseconds)}: nothing was created, and AWS was not called.`,
  ].join("\n");
}

function overview(all: readonly Synthesized[]): string[] {
  return columns([
    ["", ...STACKS, "first deploy", "capacity"],
    ...all.map(({ environment, stacks, orders }) => [
      environment.name,
      ...STACKS.map((stack) => {
        const { total, kinds } = inventory(stacks[stack]);
        return `${total} resources of ${Object.keys(kinds).length} kinds`;
      }),
      `about ${Math.ceil(STACKS.reduce((sum, stack) => sum + orders[stack].seconds, 0) / 60)} min`,
      capacityText(environment),
    ]),
  ]);
}

function capacityText(environment: Environment): string {
  const found = capacityIn(environment);
  if (found === undefined) return "not checked";
  const { shortfalls, outcomes } = found;
  if (shortfalls.length > 0) return colour.red("does not fit");
  const fitting = outcomes.filter(({ fits }) => fits).length;
  return fitting === outcomes.length
    ? "fits at every moment"
    : `fits wherever it must (${fitting} of ${outcomes.length} moments)`;
}

/** Undefined for nodes whose size only AWS knows. */
function capacityIn(environment: Environment): Capacity | undefined {
  return unknownTypes(environment).length > 0 ? undefined : capacityOf(environment);
}

/** The critical path of a first deploy: the longest chain of resources that wait for one another. */
function orderLines({ environment: { name }, orders }: Synthesized): string[] {
  return [
    `The critical path of a first deploy of ${name}, ${BY_USUAL_TIMES}:`,
    "",
    ...inTime(orders, ({ critical }) => critical),
    "",
    `The full order, with inventory and capacity: npx wbot rehearse --env ${name}`,
  ];
}

function details({ environment, stacks, orders }: Synthesized): string[] {
  return [
    ...STACKS.flatMap((stack) => [
      `${stack} of ${environment.name}:`,
      ...kindLines(inventory(stacks[stack]).kinds),
      "",
    ]),
    ...momentLines(capacityIn(environment)?.outcomes ?? []),
    "",
    `The order of a first deploy, ${BY_USUAL_TIMES}; * is on the critical path:`,
    "",
    ...inTime(orders, ({ all }) => all, "*"),
  ];
}

const BY_USUAL_TIMES = "using AWS's typical times (not measured here)";

/** Rows of a timeline; app starts when infra ends. */
function inTime(
  orders: Synthesized["orders"],
  chosen: (order: Order) => readonly Made[],
  mark = "",
): string[] {
  let start = 0;
  const rows = STACKS.flatMap((stack) => {
    const order = orders[stack];
    const lines = chosen(order).map((made) => [
      clock(start + made.begins),
      made.takes === 0 ? "" : clock(made.takes),
      stack,
      order.critical.includes(made) ? mark : "",
      made.path,
      made.type,
      waitsText(made, stack),
    ]);
    start += order.seconds;
    return lines;
  });
  const shown = [
    ["at", "takes", "stack", "", "what", "type", "waits for"],
    ...rows,
    [clock(start), "", "done"],
  ];
  return columns(mark === "" ? shown.map((row) => row.toSpliced(3, 1)) : shown);
}

function waitsText({ waitsFor }: Made, stack: StackName): string {
  const [last] = waitsFor;
  if (last === undefined) return stack === "app" ? "infra" : "";
  return waitsFor.length === 1 ? last : `${last} and ${waitsFor.length - 1} more`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
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
  const environments = new Map<string, string[]>();
  for (const violation of violations) {
    const text = violationText(violation);
    environments.set(text, [...(environments.get(text) ?? []), violation.environment]);
  }
  return [...environments].map(
    ([text, names]) => `${sign("fail")} ${[...new Set(names)].join(", ")}: ${text}`,
  );
}

function violationText({ stack, construct, path, problem }: Violation): string {
  const where = [stack, construct].filter((part) => part !== undefined).join(" ");
  return `${where === "" ? "" : `${where}: `}${path === "" ? "" : `${path} `}${problem}`;
}

/** The report for scripts, with times in seconds. */
export function forScripts({ synthesized, rows, violations, milliseconds }: Report) {
  return {
    environments: synthesized.map(({ environment, stacks, orders }) => ({
      name: environment.name,
      capacity: capacityIn(environment)?.outcomes.map(({ moment, fits }) => ({ ...moment, fits })) ?? null,
      stacks: STACKS.map((stack) => {
        const { seconds, critical, all } = orders[stack];
        return {
          name: stack,
          resources: inventory(stacks[stack]).kinds,
          seconds,
          criticalPath: critical.map(({ path }) => path),
          order: all,
        };
      }),
    })),
    rows,
    violations,
    seconds: Math.round(milliseconds / 100) / 10,
  };
}
