import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { environments, loadEnvironment } from "../environments";
import { bootstrapOf } from "../environments/bootstrap";
import { emulator } from "../environments/emulator";
import { standing } from "../environments/shipped/list";
import { CommandError, EXIT } from "../commands/cli/exit-codes";
import { pythonProgram } from "../commands/cli/python-program";
import { MINISTACK } from "../commands/rehearse/ministack";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { stackFolders } from "../commands/terraform/stack-folder";
import { validate } from "../commands/terraform/validate";
import { PROJECT } from "../project";
import { BOOTSTRAP } from "../stacks/stack-names";
import { writeBootstrap } from "../stacks/write";
import { installed, passes } from "./programs";

/**
 * `npm run verify`: every check that must pass before a change is merged, the same locally and in CI. A step whose program
 * is missing is skipped, unless `--require <steps…>` names it.
 */

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const PASSED: Count = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Count = { passed: 0, failed: 1, skipped: 0 };

function succeeds(...command: Parameters<typeof passes>): Count {
  return passes(...command) ? PASSED : FAILED;
}

/** Counted one by one, as Jest reports them. */
function tests(): Promise<Count> {
  return withPrivateFolder((folder) => {
    const file = join(folder, "report.json");
    const passed = succeeds(installed("jest"), ["--json", `--outputFile=${file}`]) === PASSED;
    if (!existsSync(file)) return FAILED;
    const report = JSON.parse(readFileSync(file, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
      numRuntimeErrorTestSuites: number;
      numPendingTests: number;
      testResults: { assertionResults: { status: string; ancestorTitles: string[] }[] }[];
    };
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    const skipped = report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === "pending")
      // Their name says what they need: see __tests__/programs.ts.
      .map(({ ancestorTitles }) => ancestorTitles.join(" "));
    for (const name of new Set(skipped))
      console.log(`skipped: ${skipped.filter((each) => each === name).length} tests of ${name}`);
    // Jest can fail for reasons other than a test, such as a broken setup.
    return {
      passed: report.numPassedTests,
      failed: passed ? failed : Math.max(1, failed),
      skipped: report.numPendingTests,
    };
  });
}

/** What is added to MiniStack for rehearsals; like MiniStack, its tests are Python. */
async function emulatorGaps(): Promise<Count> {
  const ministack = await pythonProgram("verify", MINISTACK).catch((error: unknown) => error as Error);
  if (ministack instanceof Error) return skip(ministack.message);
  const python = join(dirname(ministack), "python");
  return succeeds(python, ["-B", join("__tests__", "commands", "rehearse", "test_ministack_gaps.py")]);
}

/** What is known against the packages that the project runs with: audit-ci.jsonc says what may stay. */
function advisories(): Count {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "audit"], {
    cwd: PROJECT,
    encoding: "utf8",
  });
  const output = `${stdout}${stderr}`;
  process.stdout.write(output);
  return auditCount(status, output);
}

/** audit-ci ends with 1 as well where npm's registry has no advisories to ask for. */
export function auditCount(status: number | null, output: string): Count {
  if (status === 0) return PASSED;
  return /code \S+: /.test(output) ? skip("npm's advisories could not be fetched") : FAILED;
}

/** terraform validate for every environment's stacks, as shipped, and for a bootstrap with CI, which none has as shipped. */
function validated(): Promise<Count> {
  return withPrivateFolder(async (folder) => {
    const stacks = Object.keys(environments).flatMap((environment) => {
      const { infra, app } = stackFolders(loadEnvironment(environment), {}, folder);
      return [infra, app].map(({ stack, path }) => ({ name: `${stack} of ${environment}`, path }));
    });
    stacks.push({ name: `${BOOTSTRAP} of prod`, path: bootstrapIn(join(folder, BOOTSTRAP)) });
    const { invalid, missing } = await validate(folder, stacks);
    if (missing !== undefined) return skip(missing);
    for (const { stack, address, problem } of invalid)
      console.error([stack.name, address, problem].filter((part) => part !== undefined).join(": "));
    const failed = new Set(invalid.map(({ stack }) => stack)).size;
    return { passed: stacks.length - failed, failed, skipped: 0 };
  });
}

/** The bootstrap stack of prod as shipped, with what it lacks for one. */
function bootstrapIn(folder: string): string {
  const account = "111122223333";
  const environment = loadEnvironment("prod", {
    settings: standing.prod,
    overrides: {
      account,
      state: { kind: "s3", bucket: "wbot-state" },
      ci: { repository: "example/wbot-on-aws", runner: "wbot-prod" },
    },
  });
  const bootstrap = bootstrapOf(environment, account, loadEnvironment);
  if (bootstrap === undefined) throw new Error("prod's state is in a bucket");
  return writeBootstrap(environment, bootstrap, folder, { state: "s3" });
}

/** Deploy, second diff, one change, destroy: the commands themselves, against an emulator and Terraform's providers. */
function rehearsal(): Count {
  if (emulator() === undefined) return skip("AWS_ENDPOINT_URL names no emulator on this machine");
  return succeeds(installed("wbot"), ["rehearse"]);
}

function skip(why: string): Count {
  console.log(`skipped, because ${why}`);
  return { passed: 0, failed: 0, skipped: 1 };
}

/** Commands that say whether a step's programs are there. */
const NEEDS = {
  go: ["go", "version"],
  python3: ["python3", "--version"],
  // An archive of the project has no history to look at.
  "a clone whose commits git can read": ["git", "rev-parse", "--verify", "HEAD"],
} as const;

interface Step {
  readonly name: string;
  readonly work: () => Count | Promise<Count>;
  /** It is skipped without them. @default - what npm installs */
  readonly needs?: readonly (keyof typeof NEEDS)[];
}

const wbot = (command: string) => () => succeeds(installed("wbot"), [command]);

const STEPS: readonly Step[] = [
  { name: "format", work: () => succeeds(installed("prettier"), ["--check", "."]) },
  { name: "lint", work: () => succeeds("npm", ["run", "--silent", "lint"]) },
  { name: "types", work: () => succeeds(installed("tsc"), ["--project", "."]) },
  { name: "tests", work: tests },
  {
    // Traefik's, which deploying doesn't build.
    name: "plugin",
    work: () => succeeds("go", ["test", "./..."], join(PROJECT, "constructs", "platform", "refusals")),
    needs: ["go"],
  },
  { name: "emulator", work: emulatorGaps },
  { name: "policy", work: wbot("policy") },
  { name: "pods", work: wbot("pods"), needs: ["go"] },
  { name: "leaks", work: wbot("leaks"), needs: ["go", "a clone whose commits git can read"] },
  { name: "audit", work: advisories },
  { name: "workflows", work: wbot("workflows"), needs: ["go", "python3"] },
  { name: "terraform validate", work: validated },
  { name: "rehearsal", work: rehearsal },
];

/** Runs a step, unless something is missing here. */
function runStep({ work, needs = [] }: Step): Count | Promise<Count> {
  const missing = needs.find((need) => {
    const [command, ...args] = NEEDS[need];
    return spawnSync(command, args, { cwd: PROJECT }).status !== 0;
  });
  return missing === undefined ? work() : skip(`it needs ${missing}`);
}

/** A required step fails if it skips anything. */
export function failIfSkipped(required: readonly string[], name: string, count: Count): Count {
  if (count.skipped === 0 || !required.includes(name)) return count;
  console.error(`failed: ${name} is required, but was skipped at least in part: see above for the reason`);
  return { ...count, failed: count.failed + count.skipped, skipped: 0 };
}

/** All steps; those of `--require` must not skip anything. */
export async function verify(required: readonly string[]): Promise<number> {
  const names = STEPS.map(({ name }) => name);
  const unknown = required.filter((step) => !names.includes(step));
  if (unknown.length > 0)
    throw new CommandError(
      `verify: --require names ${unknown.join(", ")}, which is not a step. The steps are ${names.join(", ")}`,
      EXIT.usage,
    );
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of STEPS) {
    const { name } = step;
    console.log(`\n== ${name}`);
    const start = performance.now();
    const { passed, failed, skipped } = failIfSkipped(required, name, await runStep(step));
    const outcome = failed > 0 ? "failed" : passed > 0 ? "passed" : "skipped";
    console.log(`-- ${name}: ${outcome}, ${((performance.now() - start) / 1000).toFixed(1)} s`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  const skips = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  console.log(`\n${total.passed} passed, ${total.failed} failed${skips}`);
  return total.failed > 0 ? EXIT.failed : EXIT.done;
}
