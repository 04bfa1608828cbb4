import { Argument, Option } from "commander";
import { type AddCommand, type CommonOptions, environmentCommand } from "../cli/options";
import { namedStacks, STACKS, type StackName } from "../../stacks/stack-names";
import { sessionOf } from "../session/session";
import type { DiffOptions } from "./diff";
import { FORMATS } from "./report";

type Options = CommonOptions & Omit<DiffOptions, "stacks">;

export const addDiff: AddCommand = (program) => {
  environmentCommand(
    program,
    "diff",
    "Show what a deploy would change, riskiest first; changes nothing and takes no lock",
    [
      ["npx wbot diff", "what a deploy of dev would change"],
      ["npx wbot diff --env prod app --format json", "for a script"],
      ["npx wbot diff --env prod --save out --exit-code", "for a pipeline"],
      ["npx wbot deploy --env prod --reviewed out/diff.json", "applies that and nothing else"],
    ],
    "\n\ndocs/diff.md describes the JSON.\n" +
      "Exit codes: 0 reported, 1 a stack could not be planned (the report says why), 2 wrong command line,\n4 something changes (with --exit-code), 130 interrupted.",
  )
    .addArgument(new Argument("[stacks...]", "what to plan (default: both)").choices(STACKS))
    .addOption(new Option("--format <format>", "output format").choices(FORMATS).default("text"))
    .addOption(new Option("--image-tag <tags>", "images to run, in deploy's format"))
    .option("--save <folder>", "also write diff.txt, diff.md and diff.json there")
    .option("--exit-code", "exit with 4 if something changes")
    .action(async (stacks: StackName[], options: Options) => {
      const session = sessionOf(options);
      const { diff } = await import("./diff");
      process.exitCode = await diff(session, {
        ...options,
        stacks: namedStacks(stacks),
      });
    });
};
