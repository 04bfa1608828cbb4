import { Argument, Option } from "commander";
import { EVERY_TAG } from "../../environments/services";
import {
  type AddCommand,
  type CommonOptions,
  environmentCommand,
  pathBelow,
  typedCommand,
} from "../cli/options";
import { namedStacks, STACKS, type StackName } from "../../stacks/stack-names";
import { sessionOf } from "../session/session";
import type { DeployOptions } from "./deploy";

type Options = CommonOptions & Omit<DeployOptions, "stacks" | "resumeCommand">;

export const addDeploy: AddCommand = (program) => {
  environmentCommand(
    program,
    "deploy",
    "Check, plan, confirm, deploy and verify an environment",
    [
      ["npx wbot deploy", "deploys dev: infra, then app"],
      ["npx wbot deploy --env prod app", "deploys only the product"],
      ["npx wbot deploy --env prod app --image-tag ai=3f2c1e9,web=9b04d77", "rolls out two images"],
      [
        "npx wbot deploy --env prod app --image-tag ai=3f2c1e9 --roll-back",
        "one image, rolled back if it fails",
      ],
      ["npx wbot deploy --env staging --yes", "without confirmation, for a pipeline"],
    ],
    "\n\nExit codes: 0 deployed and verified, 1 refused or failed (or rolled back), 2 wrong command line,\n3 deployed but not verified, 130 interrupted.",
  )
    .addArgument(new Argument("[stacks...]", "what to deploy (default: both)").choices(STACKS))
    .addOption(
      new Option(
        "--image-tag <tags>",
        `images to run, "${EVERY_TAG}" or some of them, pinned to the tags' current digests (default: those in the settings, otherwise the running ones)`,
      ),
    )
    .option(
      "--reviewed <diff.json>",
      "deploy exactly this diff and nothing else; npx wbot diff --save writes it",
    )
    .option("-y, --yes", "don't ask for confirmation; required without a terminal")
    .option("--no-preflight", "skip the checks before the deploy")
    .option("--no-verify", "skip the verification after the deploy")
    .option(
      "--check-drain <path>",
      "after the verification, evict a backend pod while it sends this stream, which must run to its end",
      pathBelow("/api/"),
    )
    .option(
      "--roll-back",
      "if app's deploy or its verification fails, deploy the previous images again; other changes stay",
    )
    .action(async (stacks: StackName[], options: Options) => {
      const session = sessionOf(options);
      const { deploy } = await import("./deploy");
      process.exitCode = await deploy(session, {
        ...options,
        stacks: namedStacks(stacks),
        resumeCommand: typedCommand(session.environment),
      });
    });
};
