import {
  chosenEnvironment,
  environmentOption,
  examples,
  jsonOption,
  type CommonOptions,
} from "../cli/options";
import type { AddCommand } from "../cli/command";
import { sessionOf } from "../session/session";

interface InitOptions extends CommonOptions {
  readonly bucket?: string;
  readonly kmsKey?: string;
  readonly json?: boolean;
}

/** `npx wbot state` */
export const addState: AddCommand = (program) => {
  const state = program
    .command("state")
    .description("Where Terraform's state lies: a bucket of its own, and the way there");

  state
    .command("init")
    .description("Make the state's bucket, or harden the one that is there, and print the settings for it")
    .addOption(environmentOption())
    .option("--bucket <name>", "its name (default: wbot-state-<account>-<region>)")
    .option("--kms-key <id>", "a key of your own: ARN, id or alias (default: aws/s3, which AWS manages)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      examples([
        ["npx wbot state init --env prod", "one bucket serves all environments of an account and region"],
        ["npx wbot state init --env prod --kms-key alias/terraform", "encrypted by a key of your own"],
      ]),
    )
    .action(async (options: InitOptions) => {
      const { initState } = await import("./init");
      process.exitCode = await initState(chosenEnvironment(options), {
        ...(options.bucket === undefined ? {} : { bucket: options.bucket }),
        ...(options.kmsKey === undefined ? {} : { kmsKeyId: options.kmsKey }),
        json: options.json ?? false,
      });
    });

  state
    .command("move")
    .description("Move local state files into the bucket that the environment names")
    .addOption(environmentOption())
    .addHelpText(
      "after",
      examples([["npx wbot state move --env prod", "after the two lines of init are in the environment"]]),
    )
    .action(async (options: CommonOptions) => {
      const { moveState } = await import("./move");
      process.exitCode = await moveState(sessionOf(options));
    });
};
