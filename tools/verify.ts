import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { environments, loadEnvironment } from "../environments";
import { synthesize } from "../stacks/synthesize";
import { emulator } from "../environments/emulator";
import { CommandError, EXIT } from "../commands/cli/exit-codes";
import { pythonProgram, pythonTrouble } from "../commands/cli/python-program";
import { MINISTACK } from "../commands/rehearse/ministack";
import { STACKS } from "../stacks/stack-names";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { validate } from "../commands/terraform/validate";
import { PROJECT } from "../project";

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

const program = (name: string) => join(PROJECT, "node_modules", ".bin", name);

function succeeds(command: string, args: readonly string[], cwd = PROJECT): Count {
  return spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] }).status === 0
    ? PASSED
    : FAILED;
}

/** Counted one by one, as Jest reports them. */
function tests(): Count {
  const folder = mkdtempSync(join(tmpdir(), "wbot-tests-"));
  try {
    const file = join(folder, "report.json");
    const passed = succeeds(program("jest"), ["--json", `--outputFile=${file}`]) === PASSED;
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
  } catch {
    return FAILED;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Traefik's plugin is written in Go, which deploying doesn't need. */
function plugin(): Count {
  if (spawnSync("go", ["version"]).status !== 0)
    return skip("the tests of Traefik's plugin", "go is not on the PATH");
  return succeeds("go", ["test", "./..."], join(PROJECT, "constructs", "platform", "refusals"));
}

/** What is added to MiniStack for rehearsals; like MiniStack, its tests are Python. */
async function emulatorGaps(): Promise<Count> {
  const what = "the tests of the emulator's gaps";
  const trouble = pythonTrouble(MINISTACK);
  if (trouble !== undefined) return skip(what, `it needs ${trouble}`);
  let python: string;
  try {
    python = join(dirname(await pythonProgram("verify", MINISTACK)), "python");
  } catch (error) {
    return skip(what, `MiniStack could not be installed: ${(error as Error).message}`);
  }
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
  if (!/code \S+: /.test(output)) return FAILED;
  return skip("the audit", "npm's advisories could not be fetched");
}

/** A command of ours that runs programs written in Go and, if so, in Python. */
function maintained(name: string, what: string, ...needs: readonly ("go" | "python3")[]): Count {
  const missing = needs.find(
    (each) => spawnSync(each, [each === "go" ? "version" : "--version"]).status !== 0,
  );
  if (missing) return skip(what, `${missing} is not on the PATH`);
  return succeeds(program("wbot"), [name]);
}

/** Of an archive of the project there is no history to look at. */
function committed(): Count {
  if (spawnSync("git", ["rev-parse", "--verify", "HEAD"], { cwd: PROJECT }).status !== 0)
    return skip("gitleaks", "this folder is not a clone whose commits git can read");
  return maintained("leaks", "gitleaks", "go");
}

/** terraform validate for every environment's stacks, as shipped. */
async function validated(): Promise<Count> {
  return withPrivateFolder(async (folder) => {
    const names = Object.keys(environments);
    for (const name of names) synthesize(loadEnvironment(name), folder);
    const stacks = names.flatMap((environment) =>
      STACKS.map((stack) => ({ environment, stack, path: join(folder, environment, "stacks", stack) })),
    );
    const { invalid, missing } = await validate(folder, stacks);
    if (missing !== undefined) return skip("terraform validate", missing);
    for (const { environment, stack, address = "", problem } of invalid)
      console.error(`${stack} of ${environment}: ${address === "" ? "" : `${address}: `}${problem}`);
    const failed = new Set(invalid.map(({ environment, stack }) => `${environment} ${stack}`)).size;
    return { passed: stacks.length - failed, failed, skipped: 0 };
  });
}

/** Deploy, second diff, one change, destroy: the commands themselves, against an emulator and Terraform's providers. */
function rehearsal(): Count {
  if (emulator() === undefined)
    return skip("the rehearsal", "AWS_ENDPOINT_URL names no emulator on this machine");
  return succeeds(program("wbot"), ["rehearse"]);
}

function skip(what: string, why: string): Count {
  console.log(`skipped: ${what}, because ${why}`);
  return { passed: 0, failed: 0, skipped: 1 };
}

function sum(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

const STEPS: readonly (readonly [string, () => Count | Promise<Count>])[] = [
  ["format", () => succeeds(program("prettier"), ["--check", "."])],
  ["lint", () => succeeds("npm", ["run", "--silent", "lint"])],
  ["types", () => succeeds(program("tsc"), ["--project", "."])],
  ["tests", tests],
  ["plugin", plugin],
  ["emulator", emulatorGaps],
  ["policy", () => succeeds(program("wbot"), ["policy"])],
  ["pods", () => maintained("pods", "kube-score", "go")],
  ["leaks", committed],
  ["audit", advisories],
  ["workflows", () => maintained("workflows", "the lint of the workflows", "go", "python3")],
  ["terraform validate", validated],
  ["rehearsal", rehearsal],
];

const NAMES = STEPS.map(([name]) => name);

/** The steps of `--require`, which must not skip anything. */
export function requiredSteps(steps: readonly string[]): readonly string[] {
  const unknown = steps.filter((step) => !NAMES.includes(step));
  if (unknown.length > 0)
    throw new CommandError(
      `verify: --require names ${quoted(unknown)}, which is not a step. The steps are ${quoted(NAMES)}`,
      EXIT.usage,
    );
  return steps;
}

/** A required step fails if it skips anything. */
export function heldTo(required: readonly string[], name: string, count: Count): Count {
  if (count.skipped === 0 || !required.includes(name)) return count;
  console.error(`failed: ${name} is required, but was skipped at least in part: see above for the reason`);
  return { ...count, failed: count.failed + count.skipped, skipped: 0 };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

export async function verify(steps: readonly string[]): Promise<number> {
  const required = requiredSteps(steps);
  const results: Count[] = [];
  for (const [name, step] of STEPS) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const count = heldTo(required, name, await step());
    console.log(
      `-- ${name}: ${count.failed > 0 ? "failed" : count.passed > 0 ? "passed" : "skipped"}, ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    results.push(count);
  }
  const total = results.reduce(sum);
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  return total.failed > 0 ? EXIT.failed : EXIT.done;
}
