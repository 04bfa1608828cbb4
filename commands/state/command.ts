import { Argument } from "commander";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { environmentOption, examples, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";
import { sessionOf } from "../session/session";

/** `npx wbot state` */
export const addState: AddCommand = (program) => {
  const state = program.command("state").description("Terraform's state");

  state
    .command("move")
    .description("Move local state files to the environment's bucket")
    .addOption(environmentOption())
    .addHelpText(
      "after",
      examples([["npx wbot state move --env prod", "after npx wbot bootstrap has created the bucket"]]),
    )
    .action(async (options: CommonOptions) => {
      const { moveState } = await import("./move");
      process.exitCode = await moveState(sessionOf(options));
    });

  state
    .command("unlock")
    .description("Release the lock that a killed run has left")
    .addArgument(new Argument("<stack>", "whose state is locked").choices(STACKS))
    .argument("<id>", "the lock's ID, from the error message")
    .addOption(environmentOption())
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .addHelpText(
      "after",
      examples([["npx wbot state unlock infra <id> --env prod", "once the run that held it has ended"]]),
    )
    .action(async (stack: StackName, id: string, options: CommonOptions & { readonly yes?: boolean }) => {
      const { unlock } = await import("./unlock");
      process.exitCode = await unlock(sessionOf(options), stack, id, options.yes ?? false);
    });

  state
    .command("push")
    .description("Write the state that a failed apply has left in this folder, if there is one")
    .addOption(environmentOption())
    .addHelpText(
      "after",
      examples([["npx wbot state push --env prod", "with new credentials; a deploy does the same"]]),
    )
    .action(async (options: CommonOptions) => {
      const { pushStates } = await import("./unlock");
      process.exitCode = await pushStates(sessionOf(options));
    });
};
