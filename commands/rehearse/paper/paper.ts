import { currentEnvironment, EnvironmentError } from "../../../environments";
import { unknownTypes } from "../../../environments/instance-types";
import { capacityOf } from "../../../stacks/capacity";
import { CommandError, EXIT, type ExitCode } from "../../cli/exit-codes";
import { progress, type Step } from "../../cli/progress";
import { many, type Finding } from "../../cli/finding";
import { resourcesOf } from "../../../stacks/stack-json";
import { writeStacks } from "../../terraform/stack-folder";
import { withPrivateFolder } from "../../cli/private-folder";
import { CHECKS, type Check, type Result, type Synthesized } from "./checks";
import { orderOf } from "./order";
import type { Violation } from "./problem";
import { forScripts, shownReport, type Report } from "./report";

export interface PaperOptions {
  /** Prints only the report, as JSON. @default false */
  readonly json?: boolean;
  /** Fails instead, since only an emulator can show a deploy. @default - nothing is required */
  readonly require?: "deploy";
}

interface Paper {
  readonly folder: string;
  readonly synthesized: Synthesized[];
  readonly rows: Finding[];
  readonly violations: Violation[];
}

const DEPLOY = {
  check: "deploy",
  status: "skip" as const,
  why: "whether it all becomes ready, a second diff is empty, a change stays small and a destroy leaves nothing",
  fix: "export AWS_ENDPOINT_URL=<an AWS emulator on this machine whose EKS runs Kubernetes, such as http://localhost:4566>",
};

const NOTHING: Result = {
  why: "nothing was synthesized",
  fix: "fix the errors below",
};

/** Checks what can be known without an AWS account, an emulator or any program but Node. */
export async function rehearseOnPaper(
  names: readonly string[],
  { json = false, require: required }: PaperOptions,
): Promise<ExitCode> {
  if (required !== undefined)
    throw new CommandError(`${required} is required, but needs an emulator: ${DEPLOY.fix}`);
  const start = performance.now();
  const report = await withPrivateFolder(async (folder): Promise<Report> => {
    const paper: Paper = { folder, synthesized: [], rows: [], violations: [] };
    const steps = [
      ...names.map((name) => synthesis(paper, name)),
      ...CHECKS.map((check) => checking(paper, check)),
    ];
    await progress(steps, { silent: json });
    const rows = [stacksRow(names, paper.synthesized), ...paper.rows, DEPLOY];
    return { ...paper, rows, milliseconds: performance.now() - start };
  });
  if (json) console.log(JSON.stringify(forScripts(report), null, 2));
  else console.log(shownReport(report));
  const { length } = report.violations;
  if (length > 0) throw new CommandError(`The rehearsal found ${many(length, "violation")}, listed above.`);
  return EXIT.done;
}

/** Synthesizes an environment, with `environments/<name>.local.json` and the process's environment variables applied. */
function synthesis(paper: Paper, name: string): Step {
  return {
    title: `Synthesize ${name}`,
    work: () => {
      try {
        const environment = currentEnvironment({ ...process.env, WBOT_ENV: name });
        const stacks = writeStacks(environment, {}, paper.folder);
        const { infra, app } = stacks;
        const orders = { infra: orderOf("infra", infra.json), app: orderOf("app", app.json) };
        const isSized = unknownTypes(environment).length === 0;
        const capacity = isSized ? capacityOf(environment) : undefined;
        paper.synthesized.push({ environment, stacks, orders, capacity });
        const count = Object.values(stacks).flatMap(({ json }) => resourcesOf(json)).length;
        return Promise.resolve(`Synthesize ${name}: ${count} resources`);
      } catch (error) {
        if (!(error instanceof EnvironmentError)) throw error;
        paper.violations.push({ environment: name, path: "", problem: error.message });
        return Promise.resolve(`Synthesize ${name}: failed`);
      }
    },
  };
}

function stacksRow(names: readonly string[], all: readonly Synthesized[]): Finding {
  const refused = names.filter((name) => !all.some(({ environment }) => environment.name === name));
  return refused.length === 0
    ? { check: "stacks", status: "pass", why: `infra and app of ${names.join(", ")}` }
    : { check: "stacks", status: "fail", why: `${refused.join(", ")} can't be synthesized` };
}

function checking(paper: Paper, { name, title, look }: Check): Step {
  return {
    title,
    work: async (say) => {
      const { synthesized: all, folder: root } = paper;
      const result = all.length === 0 ? NOTHING : await look(all, { root, say });
      const row = rowOf(name, result);
      paper.rows.push(row);
      paper.violations.push(...(result.violations ?? []));
      return `${title}: ${row.why}`;
    },
  };
}

function rowOf(check: string, { why, violations = [], missing = [], fix }: Result): Finding {
  if (fix !== undefined) return { check, status: "skip", why, fix };
  if (violations.length > 0)
    return { check, status: "fail", why: `${why}: ${many(violations.length, "violation")}` };
  if (missing.length > 0) return { check, status: "warn", why: `${why}; not ${missing.join(", ")}` };
  return { check, status: "pass", why };
}
