import { type AddCommand, chosenEnvironment, environmentCommand, type CommonOptions } from "../cli/options";

export const addCost: AddCommand = (program) => {
  environmentCommand(
    program,
    "cost",
    "Estimate what an environment costs per month, and what would be cheaper; without calling AWS",
    [["npx wbot cost --env prod", "each line item at a low, the expected and full scale"]],
    "\n\ndocs/cost.md lists the assumptions. `npx wbot diff` shows what a change would cost.",
  ).action(async (options: CommonOptions) => {
    const { show } = await import("./show");
    process.exitCode = show(chosenEnvironment(options));
  });
};
