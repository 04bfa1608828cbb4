import { Argument, Option } from "commander";
import {
  type AddCommand,
  chosenEnvironment,
  type CommonOptions,
  environmentCommand,
  jsonOption,
} from "../cli/options";
import { reported } from "../cli/finding";
import { withPrivateFolder } from "../cli/private-folder";
import { namedStacks, STACKS, type StackName } from "../../stacks/stack-names";
import { CHECKS } from "./checks";
import { Session } from "../session/session";

interface Options extends CommonOptions {
  readonly only?: string[];
  readonly json?: boolean;
}

export const addPreflight: AddCommand = (program) => {
  environmentCommand(
    program,
    "preflight",
    "Check everything a deploy needs; changes nothing",
    [
      ["npx wbot preflight", "all checks of dev"],
      ["npx wbot preflight --env prod --only quotas images", "two checks of prod"],
      ["npx wbot preflight app --env prod", "what npx wbot deploy app checks"],
      ["npx wbot preflight --json", "for a script"],
    ],
    "\n\nExit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 wrong command line.",
  )
    .addArgument(new Argument("[stacks...]", "the stacks to be deployed (default: both)").choices(STACKS))
    .addOption(new Option("--only <checks...>", "run only these checks").choices(Object.keys(CHECKS)))
    .addOption(jsonOption())
    .action(async (stacks: StackName[], options: Options) => {
      const environment = chosenEnvironment(options);
      const { preflight } = await import("./preflight");
      // A folder of its own: a deploy may be planning from the default one.
      const findings = await withPrivateFolder((folder) =>
        preflight(new Session(environment, folder), {
          stacks: namedStacks(stacks),
          only: options.only,
          silent: options.json ?? false,
        }),
      );
      process.exitCode = reported(findings, { environment: environment.name }, options.json);
    });
};
