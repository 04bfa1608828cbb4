import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { EnvironmentError, outputFolder, type Environment } from "../environments";
import { refusedStep } from "../environments/kubernetes-versions";
import { localState } from "../environments/local-state";
import { refuseAmbient, refuseWorkspace } from "./ambient";
import { STACKS } from "./stack-names";
import type { ParentCommand } from "./parent-command";

/** Checks that need only this machine, before cdktf runs Terraform; Terraform checks the rest at plan. */

const COMMANDS_THAT_RUN_TERRAFORM = ["deploy", "diff", "destroy"];

/** Under `cdktf synth`, only the check against local state. */
export function guard(environment: Environment, command: ParentCommand | undefined): void {
  if (command?.name !== "destroy") refuseVersionStep(environment);
  if (!command || !COMMANDS_THAT_RUN_TERRAFORM.includes(command.name)) return;
  refuseAmbient();
  for (const stack of STACKS) refuseWorkspace(join(outputFolder(), environment.name, "stacks", stack));
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

/** EKS refuses as well, but only during the apply. State in a bucket isn't read here: preflight and diff query EKS. */
export function refuseVersionStep(environment: Environment): void {
  const { name } = environment;
  const running = recordedVersion(name);
  const refused =
    running === undefined
      ? undefined
      : refusedVersion(environment, running, basename(localState(name, "infra")));
  if (refused !== undefined) throw new EnvironmentError(refused);
}

/** Why a cluster's version can't change to the one in the settings, and the fix; undefined if it can. */
export function refusedVersion(
  { name, cluster }: Environment,
  running: string,
  source: string,
): string | undefined {
  const refused = refusedStep(running, cluster.version);
  return (
    refused &&
    `cluster.version of the environment "${name}" is "${cluster.version}", but ${refused.why} (${source}). Set it to "${refused.instead}" in environments/${name}.ts. See docs/runbooks/upgrade.md for upgrades.`
  );
}

/** Terraform would find out only when it first signs in to the cluster, after creating it. */
export function refuseWithoutAwsCli(env: NodeJS.ProcessEnv = process.env): void {
  // "aws.exe" and the like on Windows.
  const endings = process.platform === "win32" ? (env["PATHEXT"] ?? ".EXE").split(";") : [""];
  const folders = (env["PATH"] ?? "").split(delimiter);
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

interface State {
  readonly resources?: readonly {
    readonly type: string;
    readonly instances: readonly { readonly attributes?: { readonly version?: string } }[];
  }[];
}

/** The cluster's Kubernetes version according to local state. */
function recordedVersion(name: string): string | undefined {
  const file = localState(name, "infra");
  const { resources = [] } = existsSync(file) ? stateIn(file) : {};
  return resources.find(({ type }) => type === "aws_eks_cluster")?.instances[0]?.attributes?.version;
}

/** An empty or truncated file is left to Terraform's own error. */
function stateIn(file: string): State {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as State;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
