import { Argument } from "commander";
import { SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { EXIT } from "../cli/exit-codes";
import { failed, tally } from "../cli/finding";
import {
  type AddCommand,
  chosenEnvironment,
  environmentCommand,
  pathBelow,
  type CommonOptions,
} from "../cli/options";
import { withPrivateFolder } from "../cli/private-folder";
import { Session } from "../session/session";
import type { CheckImageOptions } from "./check-image";

/** Services without HTTP have nothing to try: they only have to start. */
const WITH_HTTP = SERVICE_KEYS.filter((key) => SERVICES[key].http !== undefined);

export const addCheckImage: AddCommand = (program) => {
  environmentCommand(
    program,
    "check-image",
    "Run an image in a local container the way its pod would run, and check it against docs/images.md; needs Docker, not AWS",
    [
      ["npx wbot check-image ai wbot-ai:3f2c1e9", "start, health, headers, and stopping on SIGTERM"],
      ["npx wbot check-image ai <image> --secrets app-secret.env", "with the service's keys from that file"],
      ["npx wbot check-image ai <image> --stream /api/<a stream>", "with a stream that must survive SIGTERM"],
    ],
    "\n\nExit codes: 0 nothing failed, 1 something failed, 2 wrong command line.",
  )
    .addArgument(new Argument("<service>", "service that the image is for").choices(WITH_HTTP))
    .argument("<image>", "image reference; pulled if it isn't on this machine")
    .option("--secrets <file>", "app secret to take the service's keys from, as for `npx wbot secrets push`")
    .option(
      "--stream <path>",
      "path of a finite event stream, the same each time, of 5 seconds or more",
      pathBelow("/"),
    )
    .action(async (service: ServiceKey, image: string, options: CommonOptions & CheckImageOptions) => {
      const environment = chosenEnvironment(options);
      const { checkImage } = await import("./check-image");
      const findings = await withPrivateFolder((folder) =>
        checkImage(new Session(environment, folder), service, image, options),
      );
      console.log(tally(findings));
      process.exitCode = failed(findings) ? EXIT.failed : EXIT.done;
    });
};
