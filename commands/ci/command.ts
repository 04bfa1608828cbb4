import { chosenEnvironment, environmentOption, examples, type CommonOptions } from "../cli/options";
import type { AddCommand } from "../cli/command";

interface InitOptions extends CommonOptions {
  readonly yes?: boolean;
}

/** `npx wbot ci` */
export const addCi: AddCommand = (program) => {
  const ci = program
    .command("ci")
    .description("Continuous integration by GitHub Actions: its roles in AWS, and what workflows are told");

  ci.command("init")
    .description(
      "Make GitHub's identity provider and the roles that plan and deploy, or mend those that are there",
    )
    .addOption(environmentOption())
    .option("-y, --yes", "ask nothing")
    .addHelpText(
      "after",
      examples([
        [
          "npx wbot ci init --env prod",
          "shows what it would make or mend, asks, and says what is left to do",
        ],
        ["npx wbot ci init --env prod --yes", "asks nothing"],
      ]),
    )
    .action(async (options: InitOptions) => {
      const { initCi } = await import("./init");
      process.exitCode = await initCi(chosenEnvironment(options), { yes: options.yes ?? false });
    });

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
