import { type AddCommand, type CommonOptions, environmentCommand } from "../cli/options";
import { sessionOf } from "../session/session";
import type { PushOptions } from "./push";

export const addSecrets: AddCommand = (program) => {
  const secrets = program
    .command("secrets")
    .description("Show and set the keys of the app secret in Secrets Manager")
    .addHelpText(
      "after",
      "\n\nValues are never shown or logged. The editor's file is in memory on Linux, elsewhere in a private temporary folder, and is deleted afterwards. Exit codes: 0 done, 1 refused or incomplete, 2 wrong command line, 130 interrupted.",
    );

  environmentCommand(secrets, "status", "Show which keys are set, who uses them, and what is missing", [
    ["npx wbot secrets status --env prod", "exit code 1 if a deploy would fail"],
  ]).action(async (options: CommonOptions) => {
    const { status } = await import("./status");
    process.exitCode = await status(sessionOf(options));
  });

  environmentCommand(
    secrets,
    "push",
    "Write the keys from a dotenv file or standard input as a new version",
    [
      ["npx wbot secrets push app-secret.env", "shows which keys change, and asks for confirmation"],
      ["op inject -i app-secret.tpl | npx wbot secrets push --env prod --yes", "from a password manager"],
    ],
  )
    .argument("[file]", "dotenv text or a JSON object (default, or -: standard input)")
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .option("--force", "write even if a required key is missing")
    .action(async (file: string | undefined, options: CommonOptions & PushOptions) => {
      const { push } = await import("./push");
      process.exitCode = await push(sessionOf(options), file, options);
    });

  environmentCommand(secrets, "edit", "Change the keys in an editor", [
    ["EDITOR=nano npx wbot secrets edit --env staging", "VISUAL, EDITOR or vi"],
  ])
    .option("--force", "write even if a required key is missing")
    .action(async (options: CommonOptions & PushOptions) => {
      const { edit } = await import("./edit");
      process.exitCode = await edit(sessionOf(options), options.force);
    });

  environmentCommand(secrets, "copy", "Copy the keys to a twin from the environment that it can replace", [
    ["npx wbot secrets copy --env prod-west", "from prod, in its region; repeat after each change there"],
  ])
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .action(async (options: CommonOptions & PushOptions) => {
      const { copyToTwin } = await import("./copy");
      process.exitCode = await copyToTwin(sessionOf(options), options.yes);
    });
};
