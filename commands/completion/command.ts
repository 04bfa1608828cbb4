import { Argument } from "commander";
import { environmentOption, examples } from "../cli/options";
import type { AddCommand } from "../wbot";

/** `npm run completion` */
export const addCompletion: AddCommand = (program) => {
  program
    .command("completion")
    .description("Print a script that completes npm run in this project, for a shell to read")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addOption(environmentOption().hideHelp())
    .addHelpText(
      "after",
      examples([
        ["npm run -s completion -- bash >> ~/.bashrc", "in new shells, npm run deploy -- --env <Tab>"],
        ["npm run -s completion -- zsh >> ~/.zshrc", "after compinit"],
        ["npm run -s completion -- fish > ~/.config/fish/conf.d/wbot.fish", ""],
      ]),
    )
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { completion } = await import("./completion");
      console.log(completion(program, shell));
    });
};
