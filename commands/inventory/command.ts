import { type AddCommand, chosenEnvironment, environmentCommand, type CommonOptions } from "../cli/options";

export const addInventory: AddCommand = (program) => {
  environmentCommand(
    program,
    "inventory",
    "Count what both stacks would create, by kind of resource, without calling AWS",
    [["npx wbot inventory --env prod", "how many of each kind"]],
  ).action(async (options: CommonOptions) => {
    const { show } = await import("./inventory");
    process.exitCode = show(chosenEnvironment(options));
  });
};
