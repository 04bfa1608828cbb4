import { type AddCommand, chosenEnvironment, type CommonOptions, environmentCommand } from "../cli/options";

export const addCapacity: AddCommand = (program) => {
  environmentCommand(
    program,
    "capacity",
    "Show what all pods request, what the node groups offer, and what is left",
    [["npx wbot capacity --env prod", "at the minimum, at the maximum, and after losing a node"]],
    "\n\nExit codes: 0 it fits, 1 it does not, or the environment is not valid, 2 wrong command line.",
  ).action(async (options: CommonOptions) => {
    const { show } = await import("./capacity");
    process.exitCode = show(chosenEnvironment(options));
  });
};
