import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { EnvironmentError, type Environment } from "../environments";
import { refusedStep } from "../environments/kubernetes-versions";
import { localState } from "../environments/local-state";
import { namesOf } from "../environments/names";
import { TERRAFORM_VERSION } from "../environments/terraform-version";
import {
  keysToCheck,
  missingKey,
  missingSecret,
  secretValues,
} from "../constructs/workloads/app-secret-keys";
import { missingCluster } from "../constructs/aws/deployed-cluster";
import { STACKS } from "./stack-names";
import { callingCommand, type CallingCommand } from "./calling-command";

/**
 * What stands between a command of cdktf and its first change. Terraform finds the same, but later, and says it in
 * words that name no cure; a missing secret it would find after building all of infra.
 */

const COMMANDS_THAT_NEED_AWS = ["deploy", "diff", "destroy"];

/** Under `cdktf synth`, which needs neither Terraform nor an account, checks only what a local state tells. */
export function guard(
  environment: Environment,
  command: CallingCommand | undefined = callingCommand(),
): void {
  if (command?.name !== "destroy") refuseVersionStep(environment);
  if (!command || !COMMANDS_THAT_NEED_AWS.includes(command.name)) return;
  if (command.name === "destroy") refuseProtected(environment);
  refuseUnmovedState(environment);
  checkTerraform();
  checkAccount(environment);
  const names = (stack: string) => command.stacks.some((each) => each === stack || each.includes("*"));
  if (command.name === "destroy" || !names("app")) return;
  if (!names("infra")) checkCluster(environment);
  if (command.name === "deploy") checkAppSecret(environment);
}

/** Terraform refuses as well (prevent_destroy), but cdktf ends before it has printed why. */
export function refuseProtected({ name, protection }: Environment): void {
  if (!protection) return;
  throw new EnvironmentError(
    `The environment "${name}" is protected, and nothing was destroyed. To take it down, set protection to false in environments/${name}.ts and run:\n\n` +
      `  WBOT_ENV=${name} npx cdktf deploy infra app\n  WBOT_ENV=${name} npx cdktf destroy infra app`,
  );
}

/** Terraform would offer -migrate-state, which copies whatever the folder last pointed at, or plan everything anew. */
export function refuseUnmovedState({ name, state }: Environment): void {
  if (state.kind === "local") return;
  const files = STACKS.map((stack) => localState(name, stack)).filter((file) => existsSync(file));
  if (files.length === 0) return;
  throw new EnvironmentError(
    `The environment "${name}" keeps its state in the bucket ${state.bucket}, but there are local states too (${files.map((file) => basename(file)).join(", ")}). To move them there:\n\n` +
      `  npx wbot state move --env ${name}\n`,
  );
}

/** EKS refuses as well, but only once the apply has begun. A state in a bucket is not read: preflight and diff ask EKS. */
export function refuseVersionStep(environment: Environment): void {
  const { name } = environment;
  const running = recordedVersion(name);
  const refused =
    running === undefined
      ? undefined
      : refusedVersion(environment, running, basename(localState(name, "infra")));
  if (refused !== undefined) throw new EnvironmentError(refused);
}

/** Why a cluster of one version can't be given the one of the settings, and what mends it; undefined where it can. */
export function refusedVersion(
  { name, cluster }: Environment,
  running: string,
  source: string,
): string | undefined {
  const refused = refusedStep(running, cluster.version);
  return (
    refused &&
    `cluster.version of the environment "${name}" is "${cluster.version}", but ${refused.why} (${source}). Set it to "${refused.instead}" in environments/${name}.ts; docs/runbooks/upgrade.md has the way from version to version.`
  );
}

interface State {
  readonly resources?: readonly {
    readonly type: string;
    readonly instances: readonly { readonly attributes?: { readonly version?: string } }[];
  }[];
}

/** Kubernetes version that the local state has of the cluster. */
function recordedVersion(name: string): string | undefined {
  const file = localState(name, "infra");
  const { resources = [] } = existsSync(file) ? stateIn(file) : {};
  return resources.find(({ type }) => type === "aws_eks_cluster")?.instances[0]?.attributes?.version;
}

/** Terraform tells what to do with a file that is empty or cut. */
function stateIn(file: string): State {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as State;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function checkTerraform(): void {
  const program = process.env["TERRAFORM_BINARY_NAME"] ?? "terraform";
  const cure = `Install Terraform ${TERRAFORM_VERSION} or newer (https://developer.hashicorp.com/terraform/install), or name another program: export TERRAFORM_BINARY_NAME=tofu`;
  const { status, stdout } = run(program, ["version", "-json"]);
  if (status !== 0) throw new EnvironmentError(`There is no "${program}" on the PATH that answers. ${cure}`);
  const version = (JSON.parse(stdout) as { terraform_version?: string }).terraform_version ?? "0.0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = TERRAFORM_VERSION.split(".").map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new EnvironmentError(`"${program}" is version ${version}, which is too old. ${cure}`);
  }
}

function checkAccount(environment: Environment): void {
  const { status, stdout, stderr, error } = aws(environment, ["sts", "get-caller-identity"]);
  if (error) {
    throw new EnvironmentError(
      `There is no "aws" on the PATH: it signs in to the cluster. Install the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html`,
    );
  }
  if (status !== 0) {
    throw new EnvironmentError(
      `AWS knows no credentials of yours (${firstLine(stderr)}). Sign in with: aws sso login, or name a profile: export AWS_PROFILE=<profile>`,
    );
  }
  const { Account: account, Arn: arn } = JSON.parse(stdout) as { Account: string; Arn: string };
  if (environment.account !== undefined && account !== environment.account) {
    throw new EnvironmentError(
      `These credentials (${arn}) are of the account ${account}, but the environment "${environment.name}" is of the account ${environment.account} (setting account). Name a profile of that account: export AWS_PROFILE=<profile>, or another environment: export WBOT_ENV=<name>`,
    );
  }
}

function checkCluster(environment: Environment): void {
  const { status, stderr } = aws(environment, [
    "eks",
    "describe-cluster",
    "--name",
    namesOf(environment).cluster,
  ]);
  if (status !== 0 && stderr.includes("ResourceNotFoundException"))
    throw new EnvironmentError(missingCluster(environment));
}

function checkAppSecret(environment: Environment): void {
  const { appSecret } = namesOf(environment);
  const { status, stdout, stderr } = aws(environment, [
    "secretsmanager",
    "get-secret-value",
    "--secret-id",
    appSecret,
  ]);
  if (status !== 0) {
    if (stderr.includes("ResourceNotFoundException")) throw new EnvironmentError(missingSecret(environment));
    // Who may not read it is told by Terraform, which can do without.
    return;
  }
  const values = secretValues((JSON.parse(stdout) as { SecretString?: string }).SecretString ?? "");
  const missing = keysToCheck(environment).filter(
    ({ name }) => typeof values[name] !== "string" || values[name] === "",
  );
  if (missing.length > 0)
    throw new EnvironmentError(missing.map((key) => missingKey(environment, key)).join("\n"));
}

function aws({ region }: Environment, args: readonly string[]) {
  return run("aws", [...args, "--region", region, "--output", "json"]);
}

function run(program: string, args: readonly string[]) {
  const env = { ...process.env, AWS_EC2_METADATA_DISABLED: "true", AWS_PAGER: "" };
  return spawnSync(program, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
