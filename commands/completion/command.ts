import { Argument } from "commander";
import { examples } from "../cli/options";
import type { AddCommand } from "../cli/command";

/** `npx wbot completion` */
export const addCompletion: AddCommand = (program) => {
  const completion = program
    .command("completion")
    .description("Print a script by which a shell completes npx wbot")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      examples([
        [
          "npx wbot completion bash > ~/.local/share/bash-completion/completions/npx",
          "bash-completion 2 reads that folder",
        ],
        ["npx wbot completion zsh >> ~/.zshrc", "below compinit"],
        ["npx wbot completion fish > ~/.config/fish/conf.d/wbot.fish", ""],
      ]) + "\n\nNew shells have it. The script names this folder: print it again where the project is moved.",
    )
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { printScript } = await import("./completion");
      printScript(shell);
    });

  completion
    .command("complete", { hidden: true })
    .description("What the script asks: the candidates for the last of the words")
    .argument("[words...]")
    .action(async (words: string[]) => {
      const { printCandidates } = await import("./completion");
      printCandidates(program, words);
    });
};
