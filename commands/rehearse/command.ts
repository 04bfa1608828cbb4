import { Option } from "commander";
import { environments } from "../../environments";
import { CommandError, EXIT } from "../cli/exit-codes";
import {
  type AddCommand,
  type CommonOptions,
  documentedCommand,
  environmentOption,
  jsonOption,
} from "../cli/options";
import { sessionOf } from "../session/session";
import type { PaperOptions } from "./paper/paper";

type Options = CommonOptions & PaperOptions & { readonly docker?: boolean };

export const addRehearse: AddCommand = (program) => {
  documentedCommand(
    program,
    "rehearse",
    "Check what can be checked without an AWS account: on paper or, in an emulator, with a deploy, a change and a destroy",
    [
      ["npx wbot rehearse", "on paper; if AWS_ENDPOINT_URL is set, in that emulator"],
      ["npx wbot rehearse --env prod", "on paper: prod's order in full"],
      ["npx wbot rehearse --require deploy", "fails without an emulator"],
      ["npx wbot rehearse --docker", "in its own emulator; docs/rehearsal.md has the requirements"],
    ],
    "\n\nExit codes: 0 everything passed, 1 something failed, 2 wrong command line, 130 interrupted.",
  )
    .addOption(environmentOption("environment (default: all on paper, rehearsal in an emulator)"))
    .addOption(
      new Option(
        "--docker",
        "start an emulator with Docker; not yet tested with a real engine: docs/rehearsal.md",
      ),
    )
    .addOption(
      new Option("--require <what>", "fail without an emulator, for CI runners that have one").choices([
        "deploy",
      ]),
    )
    .addOption(jsonOption())
    .action(async (options: Options) => {
      const named = (process.env["AWS_ENDPOINT_URL"] ?? "") !== "";
      process.exitCode = await (options.docker === true || named ? inEmulator(options) : onPaper(options));
    });
};

async function onPaper({ env, ...options }: Options) {
  const { rehearseOnPaper } = await import("./paper/paper");
  return rehearseOnPaper(env === undefined ? Object.keys(environments) : [env], options);
}

async function inEmulator({ env = "rehearsal", json, docker = false }: Options) {
  if (json === true)
    throw new CommandError(
      "--json works only in a rehearsal on paper: remove it, or unset AWS_ENDPOINT_URL and leave out --docker",
      EXIT.usage,
    );
  // No real keys are ever sent to an emulator. These are never sent to AWS, where they would be invalid.
  const { useEmulatorsKeys } = await import("./emulator");
  useEmulatorsKeys();
  const session = sessionOf({ env });
  const { rehearse } = await import("./rehearse");
  return rehearse(session, docker);
}
