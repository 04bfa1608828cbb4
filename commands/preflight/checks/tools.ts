import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isOlder } from "../../../environments/add-ons";
import { TERRAFORM_VERSION } from "../../../environments/terraform-version";
import { terraformProgram } from "../../../stacks/command-lines";
import { fail, pass, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

const TERRAFORM = "https://developer.hashicorp.com/terraform/install";
const AWS = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";

/** The programs that a deploy runs. */
export const tools: Check = async () => [
  pass(`Node.js ${process.versions.node}`),
  ...(await Promise.all([terraform(), aws()])),
];

async function terraform(): Promise<Found> {
  const program = terraformProgram();
  const fix = `Install Terraform ${TERRAFORM_VERSION} or newer (${TERRAFORM}), or OpenTofu ${TERRAFORM_VERSION} or newer, and: export TERRAFORM_BINARY_NAME=tofu`;
  const text = await output(program, ["version", "-json"]);
  const version = /"terraform_version":\s*"([^"]+)"/.exec(text ?? "")?.[1];
  if (version === undefined)
    return fail(`"${program}" is not on the PATH, or "${program} version -json" prints no version`, fix);
  return isOlder(version, TERRAFORM_VERSION)
    ? fail(`"${program}" is version ${version}, which is too old`, fix)
    : pass(`${program} ${version}`);
}

async function aws(): Promise<Found> {
  const text = await output("aws", ["--version"]);
  if (text === undefined)
    return fail(
      '"aws" is not on the PATH: it is needed to sign in to the cluster',
      `Install the AWS CLI 2: ${AWS}`,
    );
  const version = /aws-cli\/(\S+)/.exec(text)?.[1] ?? text;
  return isOlder(version, "2")
    ? warn(
        `aws ${version} works, but AWS is retiring it in favor of version 2`,
        `Install the AWS CLI 2: ${AWS}`,
      )
    : pass(`aws ${version}`);
}

/** Standard output, or standard error if that is empty; undefined if the program is missing or fails. */
async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(program, args, { env: process.env }).then(
    ({ stdout, stderr }) => stdout || stderr,
    () => undefined,
  );
}
