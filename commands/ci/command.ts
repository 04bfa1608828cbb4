import { type AddCommand, type CommonOptions, documentedCommand, environmentOption } from "../cli/options";

export const addCi: AddCommand = (program) => {
  const ci = program.command("ci").description("Continuous integration with GitHub Actions");

  documentedCommand(
    ci,
    "settings",
    "Print the settings that workflows need, as lines for $GITHUB_OUTPUT; does not call AWS",
    [
      ['npx wbot ci settings >> "$GITHUB_OUTPUT"', "every environment with the setting ci"],
      ["npx wbot ci settings --env prod", "only this one"],
    ],
  )
    .addOption(environmentOption("only this one (default: all with the setting ci)"))
    .action(async (options: CommonOptions) => {
      const { settings } = await import("./settings");
      process.exitCode = settings(options.env);
    });

  documentedCommand(
    ci,
    "rules",
    "Compare the repository's protection of main, environments and tokens with docs/delivery.md; uses gh, does not call AWS",
    [["npx wbot ci rules", "as a repository administrator, after the setup and from time to time"]],
  ).action(async () => {
    const { checkRules } = await import("./rules");
    process.exitCode = await checkRules();
  });
};
