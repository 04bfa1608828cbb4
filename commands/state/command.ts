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
    .command("versions")
    .description("List earlier versions of a stack's state in the bucket")
    .addArgument(new Argument("<stack>", "whose state").choices(STACKS))
    .addOption(environmentOption())
    .addHelpText(
      "after",
      examples([["npx wbot state versions infra --env prod", "newest first, 20 at most"]]),
    )
    .action(async (stack: StackName, options: CommonOptions) => {
      const { listVersions } = await import("./versions");
      process.exitCode = await listVersions(sessionOf(options), stack);
    });

  state
    .command("restore")
    .description("Make an earlier version of a stack's state the current one; changes no resource")
    .addArgument(new Argument("<stack>", "whose state").choices(STACKS))
    .argument("<version>", "its id, as `state versions` shows it")
    .addOption(environmentOption())
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .addHelpText(
      "after",
      examples([["npx wbot state restore infra 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY --env prod", ""]]),
    )
    .action(
      async (stack: StackName, version: string, options: CommonOptions & { readonly yes?: boolean }) => {
        const { restoreVersion } = await import("./versions");
        process.exitCode = await restoreVersion(sessionOf(options), stack, version, options.yes ?? false);
      },
    );
};
