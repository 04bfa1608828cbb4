import { type AddCommand, type CommonOptions, environmentCommand } from "../cli/options";
import { sessionOf } from "../session/session";

export const addDestroy: AddCommand = (program) => {
  environmentCommand(
    program,
    "destroy",
    "Destroy an environment, after showing what will be deleted and what is kept",
    [
      ["npx wbot destroy", "destroys dev, after asking for its name"],
      ["npx wbot destroy --env staging --confirm staging", "without asking"],
    ],
    "\n\nRefuses an environment with `protection: true`: set it to false and deploy first.\n" +
      "Exit codes: 0 destroyed, 1 refused or failed, 2 wrong command line, 130 interrupted.",
  )
    .option(
      "--confirm <name>",
      "the environment's name, for a pipeline that runs as an administrator (default: asks for it)",
    )
    .action(async (options: CommonOptions & { readonly confirm?: string }) => {
      const session = sessionOf(options);
      const { destroy } = await import("./destroy");
      process.exitCode = await destroy(session, options.confirm);
    });
};
