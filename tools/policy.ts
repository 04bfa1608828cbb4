import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, loadEnvironment } from "../environments";
import { CommandError, EXIT } from "../commands/cli/exit-codes";
import { isShippedProd, reportVerdict, type CheckResults } from "./findings";
import { skipsOf } from "./policy-skips";
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

/** What checkov prints. Where it found nothing to look at, it has neither. */
export interface Report {
  readonly results?: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly resource: string;
    }[];
  };
  readonly summary?: { readonly passed: number; readonly parsing_errors: number };
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
    return JSON.parse(done.stdout) as Report;
  } catch {
    throw new EnvironmentError(
      `policy: checkov printed no report (exit ${String(done.status)}):\n${done.stderr}`,
    );
  }
}

/** What checkov's report says of a stack. */
export function resultsOf({ results, summary }: Report, stack: StackName, json: StackJson): CheckResults {
  const { passed = 0, parsing_errors = 0 } = summary ?? {};
  if (parsing_errors > 0)
    throw new EnvironmentError(`policy: checkov could not read ${String(parsing_errors)} files of ${stack}`);
  const all = [...resourcesOf(json), ...dataSourcesOf(json)];
  const findings = (results?.failed_checks ?? []).map(({ check_id, check_name, resource }) => {
    // "resource.<logical id>" of a stack, and the address of a plan.
    const id = resource.split(".").at(-1) ?? resource;
    const found = all.find(({ address }) => address.endsWith(`.${id}`));
    return { check: check_id, name: check_name, path: `${stack}/${found?.path ?? resource}` };
  });
  return { passed, findings };
}

export async function policy({ plan }: { readonly plan: boolean }): Promise<number> {
  const checkov = await pythonProgram("policy", CHECKOV);
  return withPrivateFolder(async (folder) => {
    const prod = loadEnvironment("prod");
    const stacks = await new Session(prod, folder).synthesized();
    const holds = (stack: StackName, framework: Framework) => {
      const isPlan = framework === "terraform_plan";
      // A plan needs not every skip: some checks only know the stacks.
      const staleFails = !isPlan && isShippedProd();
      const report = scan(checkov, join(folder, framework, stack), framework);
      const skips = skipsOf(prod).filter(({ path }) => path.startsWith(`${stack}/`));
      const file = "tools/policy-skips.ts";
      const what = isPlan ? `${stack}'s plan` : stack;
      return reportVerdict(what, resultsOf(report, stack, stacks[stack].json), skips, { file, staleFails });
    };
    const verdicts: boolean[] = [];
    for (const stack of STACKS) {
      // Only what checkov reads: its parser fails on a plain value such as terraform.required_version.
      const { resource, data, provider } = stacks[stack].json;
      const scanned = join(folder, "terraform_json", stack);
      mkdirSync(scanned, { recursive: true });
      writeFileSync(join(scanned, "stack.tf.json"), JSON.stringify({ provider, data, resource }, null, 2));
      verdicts.push(holds(stack, "terraform_json"));
    }
    if (plan)
      for (const stack of await plansOf(sessionOf({ env: "prod" }), join(folder, "terraform_plan")))
        verdicts.push(holds(stack, "terraform_plan"));
    return verdicts.includes(false) ? EXIT.failed : EXIT.done;
  });
}

/** Plans prod as a diff does, which locks nothing. Plans have secrets, and so are only written for the user. */
export async function plansOf(session: Session, folder: string): Promise<StackName[]> {
  const folders = await session.synthesized();
  const write = async (stack: StackName) => {
    const { json } = await planStack(folders[stack], { lock: false });
    mkdirSync(join(folder, stack), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, stack, "plan.json"), JSON.stringify(json), { mode: 0o600 });
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
