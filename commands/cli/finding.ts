import { colour } from "./terminal";

export type FindingStatus = "pass" | "warn" | "fail" | "skip";

/** What one look found out. */
export interface Finding {
  /** Short name, as the `--json` output and `--only` have it. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found, as a sentence without its full stop. */
  readonly why: string;
  /** A command or a line to write; empty where there is nothing to mend. */
  readonly mend?: string;
}

const SIGNS: Readonly<Record<FindingStatus, string>> = { pass: "✔", warn: "▲", fail: "✖", skip: "–" };
const COLOURS = { pass: colour.green, warn: colour.yellow, fail: colour.red, skip: colour.dim } as const;

/** A finding's status at a glance. */
export function sign(status: FindingStatus): string {
  return COLOURS[status](SIGNS[status]);
}

/** A finding for people: a line, and what mends it below. */
export function shown({ check, status, why, mend }: Finding): string {
  const cure = mend === undefined || mend === "" ? "" : `\n${mend.replace(/^/gm, "    ")}`;
  return `${sign(status)} ${status.padEnd(4)} ${check}: ${why}${cure}`;
}

/** "9 passed, 1 warned, 1 failed, 2 skipped"; what there is none of is left out, but for those that passed. */
export function tally(findings: readonly Finding[]): string {
  const count = (status: FindingStatus) => findings.filter((each) => each.status === status).length;
  const words = { pass: "passed", warn: "warned", fail: "failed", skip: "skipped" } as const;
  return (["pass", "warn", "fail", "skip"] as const)
    .filter((status) => status === "pass" || count(status) > 0)
    .map((status) => `${count(status)} ${words[status]}`)
    .join(", ");
}

export function failed(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === "fail");
}
