import { Option } from "commander";
import {
  chosenEnvironment,
  environmentOption,
  examples,
  jsonOption,
  type CommonOptions,
} from "../cli/options";
import type { AddCommand } from "../wbot";

interface Options extends CommonOptions {
  readonly json?: boolean;
  readonly keep?: boolean;
}

/** `npx wbot rehearse` */
export const addRehearse: AddCommand = (program) => {
  program
    .command("rehearse")
    .description("Deploy everything, change it and take it down again, without an AWS account")
    .addOption(environmentOption().default("rehearsal", "rehearsal"))
    .addOption(new Option("--keep", "leave it up at the end, for a look; the next rehearsal clears it"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["npx wbot rehearse", "uses the emulator of AWS_ENDPOINT_URL, or starts MiniStack (needs Docker)"],
        ["npx wbot rehearse --keep", "stops before the destroy"],
      ]) + "\n\nExit codes: 0 all of it held, 1 something did not, 2 wrong command line, 130 interrupted.",
    )
    .action(async (options: Options) => {
      // No key of anybody's is ever sent to an emulator, and none of these to AWS: they open nothing there.
      const { useEmulatorsKeys } = await import("./emulator");
      useEmulatorsKeys();
      const environment = chosenEnvironment(options);
      const { rehearse } = await import("./rehearse");
      process.exitCode = await rehearse(environment, {
        json: options.json ?? false,
        keep: options.keep ?? false,
      });
    });
};
