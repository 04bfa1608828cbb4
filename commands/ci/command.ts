import { environmentOption, examples, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";

/** `npx wbot ci` */
export const addCi: AddCommand = (program) => {
  const ci = program.command("ci").description("Continuous integration by GitHub Actions");

  ci.command("settings")
    .description("Print what workflows need to know, as lines for $GITHUB_OUTPUT; asks nothing of AWS")
    .addOption(environmentOption("this one only (default: all that have the setting ci)"))
    .addHelpText(
      "after",
      examples([
        ['npx wbot ci settings >> "$GITHUB_OUTPUT"', "every environment that has the setting ci"],
        ["npx wbot ci settings --env prod", "this one only"],
      ]),
    )
    .action(async (options: CommonOptions) => {
      const { settings } = await import("./settings");
      process.exitCode = settings(options.env);
    });
};
