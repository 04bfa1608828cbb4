import { type AddCommand, type CommonOptions, environmentCommand } from "../cli/options";
import { sessionOf } from "../session/session";
import type { BootstrapCommandOptions } from "./bootstrap";

/** `npx wbot bootstrap` */
export const addBootstrap: AddCommand = (program) => {
  environmentCommand(
    program,
    "bootstrap",
    "Create what an environment needs first: the bucket for its state and, with the setting ci, CI's roles",
    [
      ["npx wbot bootstrap --env prod", "shows what would change, asks for confirmation, and applies it"],
      ["npx wbot bootstrap --env prod --yes", "doesn't ask"],
    ],
    "\n\nOne stack serves all environments that share a state bucket. An existing bucket or identity provider is imported; for existing roles and policies, the error says how to import them.",
  )
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .option(
      "--allow-delete",
      "apply a plan that deletes something, such as the roles of an environment without ci",
    )
    .action(async (options: CommonOptions & BootstrapCommandOptions) => {
      const { bootstrap } = await import("./bootstrap");
      process.exitCode = await bootstrap(sessionOf(options), options);
    });
};
