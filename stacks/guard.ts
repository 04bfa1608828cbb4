import { accessSync, constants, existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { EnvironmentError, type Environment } from "../environments";
import { localState } from "../environments/local-state";
import { refuseAmbient, refuseWorkspace } from "./ambient";
import { STACKS, stackPath } from "./stack-names";
import type { CdktfCommand } from "./cdktf-command";

/** Checks that need only this machine, before cdktf runs Terraform; Terraform checks the rest at plan. */

const COMMANDS_THAT_RUN_TERRAFORM = ["deploy", "diff", "destroy"];

export function guard(environment: Environment, command: CdktfCommand | undefined): void {
  if (!command || !COMMANDS_THAT_RUN_TERRAFORM.includes(command.name)) return;
  refuseAmbient();
  for (const stack of STACKS) refuseWorkspace(stackPath(environment, stack));
  if (command.name === "destroy") refuseProtected(environment);
  refuseUnmovedState(environment);
  refuseWithoutAwsCli();
}

/**
 * Terraform refuses as well (prevent_destroy), but cdktf exits before printing why.
 *
 * @param commands that deploy and destroy the environment
 */
export function refuseProtected(
  { name, protection }: Environment,
  commands = ["deploy", "destroy"].map((each) => `WBOT_ENV=${name} npx cdktf ${each} infra app`),
): void {
  if (!protection) return;
  throw new EnvironmentError(
    `The environment "${name}" is protected. Nothing was destroyed. To destroy it, set protection to false in environments/${name}.ts and run:\n\n${commands.map((each) => `  ${each}`).join("\n")}`,
  );
}

/** Terraform would suggest -migrate-state, which copies whatever state the folder last used, or plan all as new. */
export function refuseUnmovedState({ name, state }: Environment): void {
  if (state.kind === "local") return;
  const files = STACKS.map((stack) => localState(name, stack)).filter((file) => existsSync(file));
  if (files.length === 0) return;
  throw new EnvironmentError(
    `The environment "${name}" keeps its state in the bucket ${state.bucket}, but there are local state files too (${files.map((file) => basename(file)).join(", ")}). To move them to the bucket:\n\n` +
      `  npx wbot state move --env ${name}\n`,
  );
}

/** Terraform would find out only when it first signs in to the cluster, after creating it. */
function refuseWithoutAwsCli(): void {
  // "aws.exe" and the like on Windows.
  const { PATH = "", PATHEXT = ".EXE" } = process.env;
  const endings = process.platform === "win32" ? PATHEXT.split(";") : [""];
  const folders = PATH.split(delimiter);
  if (folders.some((folder) => endings.some((ending) => isExecutable(join(folder, `aws${ending}`))))) return;
  throw new EnvironmentError(
    '"aws" is not on the PATH, and Terraform needs it to sign in to the cluster. Install the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
