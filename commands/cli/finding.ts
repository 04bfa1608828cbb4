import { EXIT, type ExitCode } from "./exit-codes";
import { colour } from "./terminal";

type FindingStatus = "pass" | "warn" | "fail" | "skip";

/** The result of one check. */
export interface Finding {
  /** Short name, as used by `--json` and `--only`. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found: a sentence without a full stop. */
  readonly why: string;
  /** A command to run or a line to write; empty if there is nothing to fix. */
  readonly fix?: string;
}

/** The same without the check's name. */
export type Found = Omit<Finding, "check">;

export const pass = (why: string): Found => ({ status: "pass", why });
export const skip = (why: string): Found => ({ status: "skip", why });
export const warn = (why: string, fix = ""): Found => ({ status: "warn", why, fix });
export const fail = (why: string, fix = ""): Found => ({ status: "fail", why, fix });

/** "3 zones", "1 zone". */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

const STATUSES = {
  pass: { sign: colour.green("✔"), counted: "passed" },
  warn: { sign: colour.yellow("▲"), counted: "warned" },
  fail: { sign: colour.red("✖"), counted: "failed" },
  skip: { sign: colour.dim("–"), counted: "skipped" },
} as const;

export function sign(status: FindingStatus): string {
  return STATUSES[status].sign;
}

/** A finding for people: one line, with the fix below it. */
export function shown({ check, status, why, fix }: Finding): string {
  const below = fix === undefined || fix === "" ? "" : `\n${fix.replace(/^/gm, "    ")}`;
  return `${sign(status)} ${status.padEnd(4)} ${check}: ${why}${below}`;
}

/** "9 passed, 1 warned, 1 failed, 2 skipped"; zero counts are left out, except that of passed checks. */
export function tally(findings: readonly Finding[]): string {
  return (["pass", "warn", "fail", "skip"] as const)
    .map((status) => ({ status, count: findings.filter((each) => each.status === status).length }))
    .filter(({ status, count }) => status === "pass" || count > 0)
    .map(({ status, count }) => `${count} ${STATUSES[status].counted}`)
    .join(", ");
}

export function failed(findings: readonly Finding[]): boolean {
  return findings.some(({ status }) => status === "fail");
}

/** The failed ones for people. */
export function failures(findings: readonly Finding[]): string {
  return findings
    .filter(({ status }) => status === "fail")
    .map(shown)
    .join("\n");
}

/** Prints the findings of a command that is nothing but checks; as JSON, after what `about` says they are of. */
export function reported(findings: readonly Finding[], about: object = {}, json = false): ExitCode {
  const lines = json
    ? [JSON.stringify({ ...about, findings, summary: tally(findings) }, null, 2)]
    : [...findings.map(shown), tally(findings)];
  for (const line of lines) console.log(line);
  return failed(findings) ? EXIT.failed : EXIT.done;
}
