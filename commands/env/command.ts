import { Argument } from "commander";
import { environments } from "../../environments";
import {
  type AddCommand,
  chosenEnvironment,
  type CommonOptions,
  documentedCommand,
  environmentCommand,
  jsonOption,
} from "../cli/options";

export const addEnv: AddCommand = (program) => {
  const env = program.command("env").description("Show and compare the resolved settings of environments");
  const names = Object.keys(environments);

  environmentCommand(env, "show", "Show every setting, its value and where it comes from", [
    ["npx wbot env show --env prod", "with prod.local.json on top, as a deploy would"],
  ])
    .addOption(jsonOption())
    .action(async (options: CommonOptions & { readonly json?: boolean }) => {
      const { show } = await import("./settings");
      process.exitCode = show(chosenEnvironment(options), options.json ?? false);
    });

  documentedCommand(env, "diff", "Show the settings that differ between two environments", [
    ["npx wbot env diff dev prod", "how prod differs from dev"],
  ])
    .addArgument(new Argument("<one>", "an environment").choices(names))
    .addArgument(new Argument("<other>", "another").choices(names))
    .action(async (one: string, other: string) => {
      const { diff } = await import("./settings");
      process.exitCode = diff(chosenEnvironment({ env: one }), chosenEnvironment({ env: other }));
    });
};
