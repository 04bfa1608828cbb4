import { InvalidArgumentError, type Command } from "commander";
import { documentedCommand } from "../commands/cli/options";
import type { AddCommand } from "../commands/cli/command";

/** Commands for maintainers of this project. None depends on an environment, so none has --env. */
export const addMaintenance: AddCommand = (program) => {
  program.commandsGroup("Commands that maintain this project:");

  add(program, "verify", "Run every check that must pass before a change is merged", "all steps")
    .option("--require <steps...>", "steps that must not be skipped if their program is missing")
    .action(async ({ require: steps = [] }: { require?: string[] }) => {
      const { verify } = await import("./verify");
      process.exitCode = await verify(steps);
    });

  add(program, "policy", "Check prod's stacks against AWS best practices with checkov", "offline")
    .option("--plan", "also check what a deploy would change, which asks AWS", false)
    .action(async (options: { plan: boolean }) => {
      const { policy } = await import("./policy");
      process.exitCode = await policy(options);
    });

  add(program, "pods", "Check the Kubernetes objects of prod's app with kube-score", "offline").action(
    async () => {
      const { pods } = await import("./pods");
      process.exitCode = await pods();
    },
  );

  add(program, "leaks", "Look for secrets in every commit with gitleaks", "and in what is staged").action(
    async () => {
      const { leaks } = await import("./leaks");
      process.exitCode = leaks();
    },
  );

  add(program, "workflows", "Lint the workflows and their scripts", "actionlint and shellcheck").action(
    async () => {
      const { workflows } = await import("./workflows");
      process.exitCode = await workflows();
    },
  );

  add(program, "settings", "Write the tables in README.md and docs/ that are generated from code", "").action(
    async () => {
      const { writeTables } = await import("./settings-table");
      process.exitCode = writeTables();
    },
  );

  add(program, "lock", "Write the checksums of Terraform's providers into locks/", "for 4 platforms")
    .argument("[platforms...]", 'further ones, such as "windows_amd64"')
    .action(async (platforms: string[]) => {
      const { lock } = await import("./lock");
      process.exitCode = lock(platforms);
    });

  add(program, "benchmark", "Measure the targets of docs/benchmarks.md", "on an otherwise idle machine")
    .option("--runs <number>", "runs of each command, for the median", wholeNumber, 7)
    .option("--suite", "measure the test suite as well")
    .action(async ({ runs, suite = false }: { runs: number; suite?: boolean }) => {
      const { benchmark } = await import("./benchmark/benchmark");
      process.exitCode = benchmark({ runs, suite });
    });

  add(
    program,
    "unchanged",
    "Check that this checkout synthesizes the same as a commit",
    "since the last commit",
  )
    .argument("[commit]", "the commit to compare with", "HEAD")
    .action(async (commit: string) => {
      const { unchanged } = await import("./unchanged");
      process.exitCode = unchanged(commit);
    });

  add(
    program,
    "successor",
    "Check that cdktn synthesizes the same as cdktf",
    "in a copy of the project",
  ).action(async () => {
    const { successor } = await import("./successor");
    process.exitCode = successor();
  });
};

function add(program: Command, name: string, description: string, about: string): Command {
  return documentedCommand(program, name, description, [[`npx wbot ${name}`, about]]);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new InvalidArgumentError("It must be a whole number from 1 to 999.");
  return Number(text);
}
