import { type CommonOptions, environmentCommand } from "../cli/options";
import type { AddCommand } from "../cli/command";
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
};
