import { Argument } from "commander";
import { environments } from "../../environments";
import {
  chosenEnvironment,
  environmentOption,
  examples,
  jsonOption,
  type CommonOptions,
} from "../cli/options";
import type { AddCommand } from "../cli/command";

interface DiffOptions extends CommonOptions {
  readonly json?: boolean;
  readonly exitCode?: boolean;
}

/** `npx wbot env` */
export const addEnv: AddCommand = (program) => {
  const env = program.command("env").description("The settings of environments, as they are resolved");
  const names = Object.keys(environments);

  env
    .command("show")
    .description("Every setting, its value, and where that comes from")
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([["npx wbot env show --env prod", "with prod.local.json on top, as a deploy would"]]),
    )
    .action(async (options: CommonOptions & { readonly json?: boolean }) => {
      const { show } = await import("./settings");
      process.exitCode = show(chosenEnvironment(options), options.json ?? false);
    });

  env
    .command("diff")
    .description("The settings that differ between two environments")
    .addArgument(new Argument("<one>", "an environment").choices(names))
    .addArgument(new Argument("[other]", "another (default: the one of --env)").choices(names))
    .addOption(environmentOption())
    .addOption(jsonOption())
    .option("--exit-code", "end with 1 if they differ")
    .addHelpText("after", examples([["npx wbot env diff dev prod", "what prod has that dev has not"]]))
    .action(async (one: string, other: string | undefined, options: DiffOptions) => {
      const { diff } = await import("./settings");
      const second = chosenEnvironment(other === undefined ? options : { env: other });
      process.exitCode = diff(chosenEnvironment({ env: one }), second, {
        json: options.json ?? false,
        exitCode: options.exitCode ?? false,
      });
    });
};
