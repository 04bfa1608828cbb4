import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, loadEnvironment } from "../environments";
import { EXIT } from "../commands/cli/exit-codes";
import { SKIPS, type Skip } from "./policy-skips";
import { pythonProgram } from "../commands/cli/python-program";
import type { StackJson } from "../stacks/stack-json";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { Session } from "../commands/session/session";
import { STACKS, type StackName } from "../stacks/stack-names";

/** `npm run policy`: runs checkov on prod's synthesized stacks, offline. Every failed check must be in policy-skips.ts. */

export const CHECKOV = { name: "checkov", program: "checkov" };

/** One failed check, at a construct path such as "infra/key/policy". */
export interface Finding {
  readonly check: string;
  readonly name: string;
  readonly path: string;
}

export interface Verdict {
  readonly failed: readonly Finding[];
  readonly skipped: readonly Finding[];
  /** Skips that are no longer needed. */
  readonly stale: readonly Skip[];
  /** Skips whose last day is over. */
  readonly late: readonly Skip[];
}

export function judge(findings: readonly Finding[], skips: readonly Skip[], today = todayIs()): Verdict {
  const covers = (skip: Skip, finding: Finding) =>
    skip.check === finding.check && (finding.path === skip.path || finding.path.startsWith(`${skip.path}/`));
  return {
    failed: findings.filter((finding) => !skips.some((skip) => covers(skip, finding))),
    skipped: findings.filter((finding) => skips.some((skip) => covers(skip, finding))),
    stale: skips.filter((skip) => !findings.some((finding) => covers(skip, finding))),
    late: skips.filter(({ until }) => until !== undefined && until < today),
  };
}

/** Such as "2027-05-31". */
function todayIs(): string {
  return new Date().toISOString().slice(0, "2027-05-31".length);
}

/** Tells what fails, and what the file with the skips has too much. Returns whether all is well. */
export function told({ failed, stale, late }: Verdict, file: string): boolean {
  for (const { check, name, path } of failed) console.error(`failed: ${check} at ${path}: ${name}`);
  for (const { check, path } of stale)
    console.error(`stale: ${file} skips ${check} at ${path}, which no longer fails`);
  for (const { check, path, until = "" } of late)
    console.error(
      `late: ${file} skips ${check} at ${path} until ${until}: mend it, or give a new reason and day`,
    );
  return failed.length + stale.length + late.length === 0;
}

interface Report {
  readonly results: {
    readonly passed_checks: readonly { file_path: string }[];
    readonly failed_checks: readonly {
      check_id: string;
      check_name: string;
      resource: string;
      file_path: string;
    }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

/** Stacks of which checkov looked at nothing: it takes what it can't read for empty, and passes it. */
export function unseen({ results }: Pick<Report, "results">): StackName[] {
  const seen = [...results.passed_checks, ...results.failed_checks].map(({ file_path }) => file_path);
  return STACKS.filter((name) => !seen.some((path) => path.endsWith(`/${name}.tf.json`)));
}

function scan(checkov: string, folder: string): Report {
  const done = spawnSync(
    checkov,
    [
      "--directory",
      folder,
      "--framework",
      "terraform_json",
      "--output",
      "json",
      "--skip-download",
      "--soft-fail",
    ],
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  try {
    return JSON.parse(done.stdout) as Report;
  } catch {
    throw new EnvironmentError(
      `policy: checkov printed no report (exit ${String(done.status)}):\n${done.stderr}`,
    );
  }
}

/** Construct path by logical id, the last part of a resource in checkov's report. */
function pathsOf(stack: StackJson): Map<string, string> {
  const kinds = [stack.resource, stack.data].flatMap((section) => Object.values(section ?? {}));
  const items = kinds.flatMap((kind) => Object.entries(kind));
  return new Map(items.map(([id, body]) => [id, body["//"]?.metadata?.path ?? id]));
}

function findingsOf(report: Report, stacks: Record<StackName, StackJson>): Finding[] {
  const paths = { infra: pathsOf(stacks.infra), app: pathsOf(stacks.app) };
  return report.results.failed_checks.map(({ check_id: check, check_name: name, resource, file_path }) => {
    const stack = file_path.endsWith("/app.tf.json") ? "app" : "infra";
    const id = resource.split(".").at(-1) ?? resource;
    return { check, name, path: paths[stack].get(id) ?? `${stack}/${resource}` };
  });
}

export async function policy(): Promise<number> {
  const checkov = await pythonProgram("policy", CHECKOV);
  return withPrivateFolder(async (folder) => {
    const { infra, app } = await new Session(loadEnvironment("prod"), folder).synthesized();
    const stacks = { infra: infra.json, app: app.json };
    const scanned = join(folder, "scanned");
    mkdirSync(scanned);
    for (const name of STACKS) {
      // Only what checkov reads: its parser fails on a plain value such as terraform.required_version.
      const { resource, data, provider } = stacks[name];
      writeFileSync(join(scanned, `${name}.tf.json`), JSON.stringify({ provider, data, resource }, null, 2));
    }
    const report = scan(checkov, scanned);
    const verdict = judge(findingsOf(report, stacks), SKIPS);
    const isWell = told(verdict, "tools/policy-skips.ts");
    const unread = unseen(report);
    const broken = report.summary.parsing_errors > 0 || unread.length > 0;
    if (broken)
      console.error(
        `policy: checkov could not read ${String(report.summary.parsing_errors)} of the stacks, and looked at nothing in ${unread.join(" and ") || "none"}`,
      );
    console.log(
      `policy: ${report.summary.passed} checks passed, ${verdict.skipped.length} skipped with a reason, ${verdict.failed.length} failed`,
    );
    return isWell && !broken ? EXIT.done : EXIT.failed;
  });
}
