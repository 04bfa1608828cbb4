import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, loadEnvironment } from "../environments";
import { CommandError, EXIT } from "../commands/cli/exit-codes";
import { SKIPS, type Skip } from "./policy-skips";
import { pythonProgram } from "../commands/cli/python-program";
import { dataSourcesOf, resourcesOf, type StackJson } from "../stacks/stack-json";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { lacksKinds } from "../commands/diff/diff";
import { planStack } from "../commands/plan/plan";
import { Session, sessionOf } from "../commands/session/session";
import { STACKS, type StackName } from "../stacks/stack-names";

/**
 * `npm run policy`: runs checkov on prod's synthesized stacks, offline; with --plan also on their plans, which have what only
 * AWS and the modules' defaults make of them. Every failed check must be in policy-skips.ts.
 */

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
      `late: ${file} skips ${check} at ${path} until ${until}: fix it, or give a new reason and day`,
    );
  return failed.length + stale.length + late.length === 0;
}

export interface Report {
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
export function unseen(
  { results }: Pick<Report, "results">,
  stacks: readonly StackName[] = STACKS,
): StackName[] {
  const seen = [...results.passed_checks, ...results.failed_checks].map(({ file_path }) => file_path);
  return stacks.filter((name) => !seen.some((path) => stackOf(path) === name));
}

/** What checkov prints. Where it found no file to look at, it has no results. */
export function reportIn(text: string): Report {
  const { results, summary } = JSON.parse(text) as Partial<Report>;
  return {
    results: results ?? { passed_checks: [], failed_checks: [] },
    summary: summary ?? { passed: 0, parsing_errors: 0 },
  };
}

/** The stack whose file it is: "/infra.tf.json" as synthesized, "/infra.json" as planned. */
function stackOf(path: string): string | undefined {
  return /\/(\w+)(?:\.tf)?\.json$/.exec(path)?.[1];
}

type Framework = "terraform_json" | "terraform_plan";

function scan(checkov: string, folder: string, framework: Framework): Report {
  const done = spawnSync(
    checkov,
    ["--directory", folder, "--framework", framework, "--output", "json", "--skip-download", "--soft-fail"],
    // Without credentials: it asks nobody.
    { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env["PATH"] } },
  );
  try {
    return reportIn(done.stdout);
  } catch {
    throw new EnvironmentError(
      `policy: checkov printed no report (exit ${String(done.status)}):\n${done.stderr}`,
    );
  }
}

function findingsOf(report: Report, stacks: Record<StackName, StackJson>): Finding[] {
  return report.results.failed_checks.map(({ check_id: check, check_name: name, resource, file_path }) => {
    const stack = stackOf(file_path) === "app" ? "app" : "infra";
    const all = [...resourcesOf(stacks[stack]), ...dataSourcesOf(stacks[stack])];
    // "resource.<logical id>" of a stack, and the address of a plan.
    const id = resource.split(".").at(-1) ?? resource;
    const found = all.find(({ address }) => address.endsWith(`.${id}`));
    return { check, name, path: `${stack}/${found?.path ?? resource}` };
  });
}

export async function policy({ plan }: { readonly plan: boolean }): Promise<number> {
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
    const isWell = reported("the stacks", scan(checkov, scanned, "terraform_json"), {
      stacks,
      looked: STACKS,
    });
    if (!plan) return isWell ? EXIT.done : EXIT.failed;
    const planned = join(folder, "planned");
    const looked = await plansOf(sessionOf({ env: "prod" }), planned);
    const ofPlans = scan(checkov, planned, "terraform_plan");
    return reported("the plans", ofPlans, { stacks, looked, isPlan: true }) && isWell
      ? EXIT.done
      : EXIT.failed;
  });
}

/** Plans prod as a diff does, which locks nothing. Plans have secrets, and so are only written for the user. */
export async function plansOf(session: Session, folder: string): Promise<StackName[]> {
  const folders = await session.synthesized();
  mkdirSync(folder, { mode: 0o700 });
  const write = async (stack: StackName) => {
    const { json } = await planStack(folders[stack], { lock: false });
    writeFileSync(join(folder, `${stack}.json`), JSON.stringify(json), { mode: 0o600 });
    return json;
  };
  const infra = await write("infra");
  const appSkipped = (why: string): StackName[] => {
    console.log(`skipped: app's plan, because ${why}`);
    return ["infra"];
  };
  if ((await session.kubernetes()) === undefined) return appSkipped("there is no cluster of prod yet");
  try {
    await write("app");
    return ["infra", "app"];
  } catch (error) {
    if (!(error instanceof CommandError && lacksKinds(error.message, infra))) throw error;
    return appSkipped("infra has yet to install the custom resource definitions that it needs");
  }
}

interface Looked {
  readonly stacks: Record<StackName, StackJson>;
  readonly looked: readonly StackName[];
  /** A plan needs not every skip: some checks only know the stacks. @default false */
  readonly isPlan?: boolean;
}

/** Tells what a report has, and whether all is well. */
export function reported(what: string, report: Report, { stacks, looked, isPlan = false }: Looked): boolean {
  const { stale, ...verdict } = judge(findingsOf(report, stacks), SKIPS);
  const isWell = told({ ...verdict, stale: isPlan ? [] : stale }, "tools/policy-skips.ts");
  const unread = unseen(report, looked);
  const isBroken = report.summary.parsing_errors > 0 || unread.length > 0;
  if (isBroken)
    console.error(
      `policy: checkov could not read ${String(report.summary.parsing_errors)} of ${what}, and looked at nothing in ${unread.join(" and ") || "none"}`,
    );
  const { skipped, failed } = verdict;
  const checks = [...new Set(skipped.map(({ check }) => check))].sort();
  console.log(
    `policy: of ${what}, ${report.summary.passed} checks passed, ${failed.length} failed, ${skipped.length} are skipped with a reason${checks.length === 0 ? "" : ` (${checks.join(", ")})`}`,
  );
  return isWell && !isBroken;
}
