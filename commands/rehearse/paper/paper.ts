import { CommandError, EXIT, type ExitCode } from "../../cli/exit-codes";
import { progress, type Step } from "../../cli/progress";
import { many, type Finding } from "../../cli/finding";
import { withPrivateFolder } from "../../cli/private-folder";
import { CHECKS, type Result, type Synthesized } from "./checks";
import type { Violation } from "./problem";
import { forScripts, shownReport, type Report } from "./report";

export interface PaperOptions {
  /** Prints only the report, as JSON. @default false */
  readonly json?: boolean;
  /** Fails instead, since only an emulator can show a deploy. @default - nothing is required */
  readonly require?: "deploy";
}

const DEPLOY = {
  check: "deploy",
  status: "skip" as const,
  why: "whether it all becomes ready, a second diff is empty, a change stays small and a destroy leaves nothing",
  fix: "export AWS_ENDPOINT_URL=<an AWS emulator on this machine whose EKS runs Kubernetes, such as http://localhost:4566>",
};

const NOTHING: Result = { why: "nothing was synthesized", fix: "fix the errors below" };

/** Checks what can be known without an AWS account, an emulator or any program but Node. */
export async function rehearseOnPaper(
  names: readonly string[],
  { json = false, require: required }: PaperOptions,
): Promise<ExitCode> {
  if (required !== undefined)
    throw new CommandError(`${required} is required, but needs an emulator: ${DEPLOY.fix}`);
  const start = performance.now();
  const synthesized: Synthesized[] = [];
  const rows: Finding[] = [];
  const violations: Violation[] = [];
  await withPrivateFolder((root) => {
    const steps = CHECKS.map(({ name, title, look }): Step => ({
      title,
      work: async (say) => {
        const isNothing = name !== "stacks" && synthesized.length === 0;
        const result = isNothing ? NOTHING : await look(synthesized, { names, root, say });
        const row = rowOf(name, result);
        rows.push(row);
        violations.push(...(result.violations ?? []));
        return `${title}: ${row.why}`;
      },
    }));
    return progress(steps, { silent: json });
  });
  const milliseconds = performance.now() - start;
  const report: Report = { synthesized, rows: [...rows, DEPLOY], violations, milliseconds };
  console.log(json ? JSON.stringify(forScripts(report), null, 2) : shownReport(report));
  const { length } = violations;
  if (length > 0) throw new CommandError(`The rehearsal found ${many(length, "violation")}, listed above.`);
  return EXIT.done;
}

function rowOf(check: string, { why, violations = [], missing = [], fix }: Result): Finding {
  if (fix !== undefined) return { check, status: "skip", why, fix };
  if (violations.length > 0)
    return { check, status: "fail", why: `${why}: ${many(violations.length, "violation")}` };
  if (missing.length > 0) return { check, status: "warn", why: `${why}; not ${missing.join(", ")}` };
  return { check, status: "pass", why };
}
