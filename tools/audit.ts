import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { EXCEPTIONS, type Exception } from "./audit-exceptions";
import { EXIT } from "../commands/cli/exit-codes";

/**
 * `npm run audit`: what is known against the packages that the project runs with. High and critical advisories must be in
 * audit-exceptions.ts.
 */

const PROJECT = join(__dirname, "..");
const GRAVE = ["high", "critical"];

/** What is known against one package. */
export interface Advisory {
  readonly advisory: string;
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
}

export interface Verdict {
  /** Advisories that no exception is for. */
  readonly failed: readonly Advisory[];
  readonly expired: readonly Exception[];
  /** Exceptions that nothing needs any more. */
  readonly stale: readonly Exception[];
  readonly excepted: number;
}

/** `today` is "2027-01-31". */
export function judge(
  advisories: readonly Advisory[],
  exceptions: readonly Exception[],
  today: string,
): Verdict {
  const covers = (exception: Exception, found: Advisory) =>
    exception.advisory === found.advisory && exception.package === found.package;
  const grave = advisories.filter(({ severity }) => GRAVE.includes(severity));
  const failed = grave.filter((found) => !exceptions.some((exception) => covers(exception, found)));
  return {
    failed,
    excepted: grave.length - failed.length,
    expired: exceptions.filter(({ until }) => until < today),
    stale: exceptions.filter((exception) => !grave.some((found) => covers(exception, found))),
  };
}

interface Via {
  readonly name: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
}

/** npm's report: packages, each with what is known against it, or the names of packages that it is affected through. */
interface Report {
  readonly vulnerabilities: Readonly<Record<string, { readonly via: readonly (Via | string)[] }>>;
}

/** Advisories of `npm audit --json`; undefined where npm could not ask for them. */
export function advisoriesIn(output: string): readonly Advisory[] | undefined {
  let report: Partial<Report>;
  try {
    report = JSON.parse(output) as Partial<Report>;
  } catch {
    return undefined;
  }
  if (report.vulnerabilities === undefined) return undefined;
  const found = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each !== "string"),
  );
  const all = found.map(({ name, severity, title, url }) => {
    const advisory = url.split("/").at(-1) ?? url;
    return { advisory, package: name, severity, title, url };
  });
  return [...new Map(all.map((each) => [`${each.advisory} ${each.package}`, each])).values()];
}

/** Whether the audit holds, and all that is to be said of it; undefined where npm's registry tells no advisories. */
export function audit(): { readonly holds: boolean; readonly lines: readonly string[] } | undefined {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--package-lock-only", "--json"], {
    cwd: PROJECT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const advisories = advisoriesIn(stdout);
  return advisories && told(advisories, judge(advisories, EXCEPTIONS, new Date().toISOString().slice(0, 10)));
}

/** The verdict in words. */
export function told(
  advisories: readonly Advisory[],
  { failed, expired, stale, excepted }: Verdict,
): { readonly holds: boolean; readonly lines: readonly string[] } {
  const where = "tools/audit-exceptions.ts";
  const minor = advisories.length - failed.length - excepted;
  return {
    holds: failed.length + expired.length + stale.length === 0,
    lines: [
      ...failed.map((found) => `failed: ${found.package}: ${found.title} (${found.severity}): ${found.url}`),
      ...expired.map(
        ({ advisory, until }) => `expired: ${where} excepts ${advisory} until ${until}: look at it again`,
      ),
      ...stale.map(
        ({ advisory, package: of }) => `stale: ${where} excepts ${advisory} of ${of}, which nothing has`,
      ),
      `audit: ${failed.length} high or critical advisories, ${excepted} more excepted with a reason, ${minor} of less weight`,
      ...(failed.length > 0
        ? [`Raise what they are about (npm audit fix), or say in ${where} why they can't hurt here.`]
        : []),
    ],
  };
}

export const UNREACHABLE = "npm's registry does not tell its advisories here";

export function showAudit(): number {
  const found = audit();
  console.log(found === undefined ? `skipped: the audit, because ${UNREACHABLE}` : found.lines.join("\n"));
  return found?.holds === false ? EXIT.failed : EXIT.done;
}
