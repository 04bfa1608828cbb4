import { Argument } from "commander";
import { type AddCommand, documentedCommand } from "../cli/options";

export const addCompletion: AddCommand = (program) => {
  const completion = documentedCommand(
    program,
    "completion",
    "Print a completion script for npx wbot",
    [
      [
        "mkdir -p ~/.local/share/bash-completion/completions && npx wbot completion bash > ~/.local/share/bash-completion/completions/npx",
        "bash-completion 2 reads that folder",
      ],
      ["npx wbot completion zsh >> ~/.zshrc", "below compinit"],
      ["npx wbot completion fish > ~/.config/fish/conf.d/wbot.fish", ""],
    ],
    "\n\nNew shells will use it. The script contains this folder's path: print it again if you move the project.",
  )
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { printScript } = await import("./completion");
      printScript(shell);
    });

  completion
    .command("complete", { hidden: true })
    .description("Called by the script: candidates for the last word")
    .argument("[words...]")
    .action(async (words: string[]) => {
      const { printCandidates } = await import("./completion");
      printCandidates(program, words);
    });
};
