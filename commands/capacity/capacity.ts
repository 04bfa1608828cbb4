import type { Environment } from "../../environments";
import { contradictionLine } from "../../environments/setting-errors";
import {
  amountText,
  capacityOf,
  nodesText,
  unplacedText,
  type Capacity,
  type Outcome,
} from "../../stacks/capacity";
import { unknownTypes } from "../../environments/instance-types";
import { cpuQuantity, memoryQuantity, minus, sum, type Amount } from "../../environments/quantity";
import { podsInRollout } from "../../environments/requests";
import { emulator } from "../../environments/emulator";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { colour, columns } from "../cli/terminal";

/** Prints an environment's requests and what its node groups have; what does not fit goes to standard error. */
export function show(environment: Environment): ExitCode {
  const unknown = unknownTypes(environment);
  if (unknown.length > 0)
    throw new CommandError(
      `The size of ${unknown.join(", ")} is known only to EC2, which preflight asks: ${commandLine("preflight", environment, "--only instances")}${emulator() === undefined ? "" : " (with AWS_ENDPOINT_URL unset)"}`,
    );
  const capacity = capacityOf(environment);
  const { outcomes, shortfalls } = capacity;
  const tables = [podLines(capacity), nodeLines(environment, capacity), scenarioLines(outcomes)];
  console.log(tables.map((lines) => lines.join("\n")).join("\n\n"));
  if (shortfalls.length === 0) return EXIT.done;
  const errors = shortfalls.map((shortfall) => `  - ${contradictionLine(environment, shortfall)}`);
  console.error([`\nThe environment "${environment.name}" does not fit:`, ...errors].join("\n"));
  return EXIT.failed;
}

function podLines({ parts, daemons }: Capacity): string[] {
  const total = sum(daemons.map(({ each }) => each));
  return columns([
    ["Pods", "number", "CPU each", "memory each", "nodes"],
    ...parts.map((part) => [
      part.name,
      range(part.min, part.max) + (part.rolls ? ` (×${podsInRollout(1)})` : ""),
      ...each(part.each),
      part.onDemandOnly ? "on-demand" : "any",
    ]),
    [],
    ["Daemons", "number", "CPU each", "memory each"],
    ...daemons.map((daemon) => [daemon.name, "1 a node", ...each(daemon.each)]),
    ["all", "", ...each(total)],
  ]);
}

function nodeLines({ nodes }: Environment, { groups }: Capacity): string[] {
  return columns([
    ["Nodes", "number", "allocatable each", "left by daemons", "types"],
    ...groups.map((group) => [
      group.key === "onDemand" ? "on-demand" : "spot",
      range(group.min, group.max),
      amountText(group.allocatable),
      amountText(group.room),
      nodes[group.key].instanceTypes.join(", "),
    ]),
  ]);
}

/** A line for each situation that the nodes must have room for. */
function scenarioLines(outcomes: readonly Outcome[]): string[] {
  return columns([
    ["When", "on", "asked", "left", ""],
    ...outcomes.map((outcome) => [
      outcome.scenario.name,
      nodesText(outcome.nodes),
      amountText(outcome.asked),
      amountText(minus(outcome.room, outcome.asked)),
      verdict(outcome),
    ]),
  ]);
}

function verdict({ fits, scenario, unplaced }: Outcome): string {
  if (fits) return colour.green("fits");
  const text = `no room for ${unplacedText(unplaced)}`;
  if (scenario.required) return colour.red(text);
  return colour.yellow(
    `${text}: ${scenario.bound === "min" ? "the autoscaler adds a node" : "development waits"}`,
  );
}

/** CPU and memory of one, as written in a manifest; "–" for none. */
function each({ cpu, memory }: Amount): [string, string] {
  return [cpu === 0 ? "–" : cpuQuantity(cpu), memory === 0 ? "–" : memoryQuantity(memory)];
}

function range(min: number, max: number): string {
  return min === max ? String(min) : `${min}–${max}`;
}
