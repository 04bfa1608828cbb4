import { isDeepStrictEqual } from "node:util";
import { environments } from "../environments";
import { standing } from "../environments/shipped/list";
import type { Skip } from "./policy-skips";

/** A failed check, at a place such as "infra/key/policy". */
export interface Finding {
  readonly check: string;
  readonly name: string;
  readonly path: string;
}

/** What a program looked at. */
export interface CheckResults {
  /** How many checks passed. */
  readonly passed: number;
  readonly findings: readonly Finding[];
}

/** Such as "2027-05-31". */
export function currentDay(): string {
  return new Date().toISOString().slice(0, "2027-05-31".length);
}

/** Whether prod's file is as shipped, whose failures the skips list. Owners' settings may make some of them unnecessary. */
export function isShippedProd(): boolean {
  return isDeepStrictEqual(environments["prod"], standing.prod);
}

/** Prints what fails, and what the file with the skips has too much. Returns whether all is well. */
export function reportVerdict(
  what: string,
  { passed, findings }: CheckResults,
  skips: readonly Skip[],
  { file, staleFails }: { readonly file: string; readonly staleFails: boolean },
): boolean {
  const covers = (skip: Skip, finding: Finding) =>
    skip.check === finding.check && (finding.path === skip.path || finding.path.startsWith(`${skip.path}/`));
  const failed = findings.filter((finding) => !skips.some((skip) => covers(skip, finding)));
  const skipped = findings.filter((finding) => !failed.includes(finding));
  const stale = staleFails ? skips.filter((skip) => !findings.some((finding) => covers(skip, finding))) : [];
  const expired = skips.filter(({ until }) => until !== undefined && until < currentDay());
  for (const { check, name, path } of failed) console.error(`failed: ${check} at ${path}: ${name}`);
  for (const { check, path } of stale)
    console.error(`stale: ${file} skips ${check} at ${path}, which no longer fails`);
  for (const { check, path, until = "" } of expired)
    console.error(
      `expired: ${file} skips ${check} at ${path} until ${until}: fix it, or give a new reason and day`,
    );
  // A program that can't read a file may take it for empty, and pass it.
  if (passed === 0) console.error(`failed: no check looked at anything in ${what}`);
  const checks = [...new Set(skipped.map(({ check }) => check))].sort();
  console.log(
    `${what}: ${passed} checks passed, ${failed.length} failed, ${skipped.length} skipped with a reason${checks.length === 0 ? "" : ` (${checks.join(", ")})`}`,
  );
  return passed > 0 && failed.length + stale.length + expired.length === 0;
}
