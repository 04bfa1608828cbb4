import { Argument } from "commander";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { type AddCommand, type CommonOptions, environmentCommand } from "../cli/options";
import { sessionOf } from "../session/session";

/** `npx wbot state` */
export const addState: AddCommand = (program) => {
  const state = program.command("state").description("Terraform's state");

  environmentCommand(state, "move", "Move local state files to the environment's bucket", [
    ["npx wbot state move --env prod", "after npx wbot bootstrap has created the bucket"],
  ]).action(async (options: CommonOptions) => {
    const { moveState } = await import("./move");
    process.exitCode = await moveState(sessionOf(options));
  });

  environmentCommand(state, "versions", "List earlier versions of a stack's state in the bucket", [
    ["npx wbot state versions infra --env prod", "newest first"],
  ])
    .addArgument(new Argument("<stack>", "whose state").choices(STACKS))
    .action(async (stack: StackName, options: CommonOptions) => {
      const { listVersions } = await import("./versions");
      process.exitCode = await listVersions(sessionOf(options), stack);
    });

  environmentCommand(
    state,
    "restore",
    "Make an earlier version of a stack's state the current one; changes no resource",
    [["npx wbot state restore infra 3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY --env prod", ""]],
  )
    .addArgument(new Argument("<stack>", "whose state").choices(STACKS))
    .argument("<version>", "its id, as `state versions` shows it")
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .action(
      async (stack: StackName, version: string, options: CommonOptions & { readonly yes?: boolean }) => {
        const { restoreVersion } = await import("./versions");
        process.exitCode = await restoreVersion(sessionOf(options), stack, version, options.yes ?? false);
      },
    );

  environmentCommand(state, "unlock", "Release the lock left by a killed run", [
    ["npx wbot state unlock infra <id> --env prod", "once the run that held it has ended"],
  ])
    .addArgument(new Argument("<stack>", "whose state is locked").choices(STACKS))
    .argument("<id>", "the lock's ID, from the error message")
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .action(async (stack: StackName, id: string, options: CommonOptions & { readonly yes?: boolean }) => {
      const { unlock } = await import("./unlock");
      process.exitCode = await unlock(sessionOf(options), stack, id, options.yes ?? false);
    });

  environmentCommand(state, "push", "Write the state that a failed apply left in this folder, if any", [
    ["npx wbot state push --env prod", "with new credentials; a deploy does the same"],
  ]).action(async (options: CommonOptions) => {
    const { pushStates } = await import("./unlock");
    process.exitCode = await pushStates(sessionOf(options));
  });
};
