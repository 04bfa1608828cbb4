import { chosenEnvironment, environmentCommand, jsonOption, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";

export const addCost: AddCommand = (program) => {
  environmentCommand(
    program,
    "cost",
    "Estimate what an environment costs per month, and what would be cheaper; without calling AWS",
    [
      ["npx wbot cost --env prod", "each line item at a low, the expected and full scale"],
      ["npx wbot cost --json", "the same for a script, with each price's source"],
    ],
    "\n\ndocs/cost.md lists the assumptions. `npx wbot diff` shows what a change would cost.",
  )
    .addOption(jsonOption())
    .action(async (options: CommonOptions & { readonly json?: boolean }) => {
      const { show } = await import("./show");
      process.exitCode = show(chosenEnvironment(options), options.json ?? false);
    });
};
