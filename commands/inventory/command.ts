import { chosenEnvironment, environmentCommand, jsonOption, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";

export const addInventory: AddCommand = (program) => {
  environmentCommand(
    program,
    "inventory",
    "Count what both stacks would create, by kind of resource, without calling AWS",
    [
      ["npx wbot inventory --env prod", "how many of each kind"],
      ["npx wbot inventory --json", "the same for a script"],
    ],
  )
    .addOption(jsonOption())
    .action(async (options: CommonOptions & { readonly json?: boolean }) => {
      const { show } = await import("./inventory");
      process.exitCode = show(chosenEnvironment(options), options.json ?? false);
    });
};
