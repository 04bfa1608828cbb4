import { Option } from "commander";
import { currentEnvironment, twins } from "../../environments";
import { EVERY_TAG } from "../../environments/services";
import { CommandError, EXIT } from "../cli/exit-codes";
import { type AddCommand, type CommonOptions, chosenEnvironment, documentedCommand } from "../cli/options";
import { Session } from "../session/session";
import type { RecoverOptions } from "./recover";

interface Options extends CommonOptions, RecoverOptions {
  readonly from: string;
  readonly as: string;
}

export const addRecover: AddCommand = (program) => {
  const sources = [...new Set(Object.values(twins).map(({ of }) => of))];
  documentedCommand(
    program,
    "recover",
    "Rebuild an environment as its twin in another region, as a drill or permanently",
    [
      ["npx wbot recover --from prod --as prod-west", "a drill: copies, deploys, verifies, destroys"],
      [
        "npx wbot recover --from prod --as prod-west --keep --image-tag ai=3f2c1e9,web=9b04d77",
        "the region is lost",
      ],
    ],
    "\n\nDNS names stay where they are: it prints how to switch them.\n" +
      "Exit codes: 0 verified, 1 refused or failed, 2 wrong command line, 3 deployed but not verified, 130 interrupted.",
  )
    .addOption(new Option("--from <name>", "environment to rebuild").choices(sources).makeOptionMandatory())
    .addOption(new Option("--as <name>", "its twin").choices(Object.keys(twins)).makeOptionMandatory())
    .option(
      "--image-tag <tags>",
      `images to run, "${EVERY_TAG}" or some of them (default: those in the settings, otherwise those running in the source environment)`,
    )
    .option("--keep", "keep the twin (default: destroy it once it is verified)")
    .option("-y, --yes", "don't ask for confirmation, not even for the destroy; required without a terminal")
    .action(async (options: Options) => {
      if (twins[options.as]?.of !== options.from)
        throw new CommandError(
          `${options.as} is the twin of ${twins[options.as]?.of ?? "none"}, not of ${options.from}.`,
          EXIT.usage,
        );
      // Without this process's image tags, which are the twin's.
      const from = new Session(currentEnvironment({ WBOT_ENV: options.from }));
      const to = new Session(chosenEnvironment({ ...options, env: options.as }));
      const { recover } = await import("./recover");
      process.exitCode = await recover(from, to, options);
    });
};
