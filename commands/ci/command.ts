import { environmentOption, examples, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";

/** `npx wbot ci` */
export const addCi: AddCommand = (program) => {
  const ci = program.command("ci").description("Continuous integration with GitHub Actions");

  ci.command("settings")
    .description("Print the settings that workflows need, as lines for $GITHUB_OUTPUT; does not call AWS")
    .addOption(environmentOption("only this one (default: all with the setting ci)"))
    .addHelpText(
      "after",
      examples([
        ['npx wbot ci settings >> "$GITHUB_OUTPUT"', "every environment with the setting ci"],
        ["npx wbot ci settings --env prod", "only this one"],
      ]),
    )
    .action(async (options: CommonOptions) => {
      const { settings } = await import("./settings");
      process.exitCode = settings(options.env);
    });
};
