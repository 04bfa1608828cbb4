import { sign, type Finding } from "../../cli/finding";
import { colour, columns, duration } from "../../cli/terminal";
import { inventory } from "../../inventory/inventory";
import { STACKS, type StackName } from "../../../stacks/stack-names";
import type { Capacity } from "../../../stacks/capacity";
import type { Synthesized } from "./checks";
import type { ScheduledResource } from "./order";
import type { Violation } from "./problem";

export interface Report {
  readonly synthesized: readonly Synthesized[];
  /** Rows of the table at the end. */
  readonly rows: readonly Finding[];
  readonly violations: readonly Violation[];
  readonly milliseconds: number;
}

/** The report for people, with the full order if it covers a single environment. */
export function shownReport({ synthesized, rows, violations, milliseconds }: Report): string {
  const [first] = synthesized;
  return [
    ...(first ? ["", ...overview(synthesized), "", ...orderLines(first, synthesized.length === 1)] : []),
    "",
    ...table(rows),
    ...(violations.length > 0 ? ["", ...violationLines(violations)] : []),
    "",
    `Rehearsed on paper in ${duration(milliseconds)}: nothing was created, and AWS was not called.`,
  ].join("\n");
}

function overview(all: readonly Synthesized[]): string[] {
  const fit = ({ shortfalls }: Capacity) => (shortfalls.length > 0 ? colour.red("does not fit") : "fits");
  return columns([
    ["", ...STACKS, "first deploy", "capacity"],
    ...all.map(({ environment, stacks, orders, capacity }) => [
      environment.name,
      ...STACKS.map((stack) => {
        const { total, kinds } = inventory(stacks[stack]);
        return `${total} resources of ${Object.keys(kinds).length} kinds`;
      }),
      `about ${Math.ceil(STACKS.reduce((sum, stack) => sum + orders[stack].seconds, 0) / 60)} min`,
      capacity === undefined ? "not checked" : fit(capacity),
    ]),
  ]);
}

/** The order of a first deploy, or only its critical path: the longest chain of resources that wait for one another. */
function orderLines({ environment: { name }, orders }: Synthesized, inFull: boolean): string[] {
  // When a stack starts: app does when infra ends.
  let start = 0;
  const rows = STACKS.flatMap((stack) => {
    const { all, critical, seconds } = orders[stack];
    const lines = (inFull ? all : critical).map((resource) => [
      clock(start + resource.start),
      resource.duration === 0 ? "" : clock(resource.duration),
      stack,
      critical.includes(resource) ? "*" : "",
      resource.path,
      resource.type,
      waitsText(resource, stack),
    ]);
    start += seconds;
    return lines;
  });
  return [
    `The ${inFull ? "order" : "critical path"} of a first deploy of ${name}, using AWS's typical times (not measured here)${inFull ? "; * is on the critical path" : ""}:`,
    "",
    ...columns([
      ["at", "takes", "stack", "", "what", "type", "waits for"],
      ...rows,
      [clock(start), "", "done"],
    ]),
    ...(inFull ? [] : ["", `The full order: npx wbot rehearse --env ${name}`]),
  ];
}

function waitsText({ waitsFor }: ScheduledResource, stack: StackName): string {
  const [last] = waitsFor;
  if (last === undefined) return stack === "app" ? "infra" : "";
  return waitsFor.length === 1 ? last : `${last} and ${waitsFor.length - 1} more`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

function table(rows: readonly Finding[]): string[] {
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

/** The report for scripts, with times in seconds. */
export function forScripts({ synthesized, rows, violations, milliseconds }: Report) {
  return {
    environments: synthesized.map(({ environment, stacks, orders, capacity }) => ({
      name: environment.name,
      capacity: capacity?.outcomes.map(({ scenario, fits }) => ({ ...scenario, fits })) ?? null,
      stacks: STACKS.map((name) => ({ name, resources: inventory(stacks[name]).kinds, ...orders[name] })),
    })),
    rows,
    violations,
    seconds: Math.round(milliseconds / 100) / 10,
  };
}
