import { InvalidArgumentError, type Command } from "commander";
import { type AddCommand, documentedCommand } from "../commands/cli/options";

/** Commands for maintainers of this project. None depends on an environment, so none has --env. */
export const addMaintenance: AddCommand = (program) => {
  program.commandsGroup("Commands that maintain this project:");
  const add = (
    [name, description, example]: readonly [name: string, description: string, example: string],
    work: (...given: never[]) => Promise<number>,
  ): Command =>
    documentedCommand(program, name, description, [[`npx wbot ${name}`, example]]).action(
      async (...given) => {
        process.exitCode = await work(...(given as never[]));
      },
    );

  add(
    ["verify", "Run every check that must pass before a change is merged", "all steps"],
    async ({ require: steps = [] }: { require?: string[] }) => (await import("./verify")).verify(steps),
  ).option("--require <steps...>", "steps that must not be skipped if their program is missing");

  add(
    ["policy", "Check prod's stacks against AWS best practices with checkov", "offline"],
    async (options: { plan: boolean }) => (await import("./policy")).policy(options),
  ).option("--plan", "also check what a deploy would change, which asks AWS", false);

  add(["pods", "Check the Kubernetes objects of prod's app with kube-score", "offline"], async () =>
    (await import("./pods")).pods(),
  );

  add(["leaks", "Look for secrets in every commit with gitleaks", "and in what is staged"], async () =>
    (await import("./leaks")).leaks(),
  );

  add(["workflows", "Lint the workflows and their scripts", "actionlint and shellcheck"], async () =>
    (await import("./workflows")).workflows(),
  );

  add(["settings", "Write the tables in README.md and docs/ that are generated from code", ""], async () =>
    (await import("./settings-table")).writeTables(),
  );

  add(
    ["lock", "Write the checksums of Terraform's providers into locks/", "for 4 platforms"],
    async (platforms: string[]) => (await import("./lock")).lock(platforms),
  ).argument("[platforms...]", 'further ones, such as "windows_amd64"');

  add(
    ["benchmark", "Measure the targets of docs/benchmarks.md", "on an otherwise idle machine"],
    async (options: { runs: number; suite?: boolean }) =>
      (await import("./benchmark/benchmark")).benchmark(options),
  )
    .option("--runs <number>", "runs of each command, for the median", wholeNumber, 7)
    .option("--suite", "measure the test suite as well");

  add(
    ["unchanged", "Check that this checkout synthesizes the same as a commit", "since the last commit"],
    async (commit: string) => (await import("./unchanged")).unchanged(commit),
  ).argument("[commit]", "the commit to compare with", "HEAD");

  add(["successor", "Check that cdktn synthesizes the same as cdktf", "in a copy of the project"], async () =>
    (await import("./successor")).successor(),
  );
};

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new InvalidArgumentError("It must be a whole number from 1 to 999.");
  return Number(text);
}
