import { spawn } from "node:child_process";
import packageJson from "../../../package.json";
import { TERRAFORM_VERSION } from "../../../environments/terraform-version";
import { terraformProgram } from "../../terraform/program";
import { fail, pass, warn, type Check, type Found } from "../check";

const TERRAFORM = "https://developer.hashicorp.com/terraform/install";
const AWS = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
const KUBECTL = "https://kubernetes.io/docs/tasks/tools/";

/** The programs that a deploy runs, and kubectl, which people need afterwards. */
export const tools: Check = {
  aws: false,
  look: async ({ session: { environment } }) => [
    node(),
    ...(await Promise.all([terraform(), aws(), kubectl(environment.cluster.version)])),
  ],
};

type Version = readonly [major: number, minor: number];

/** Whether this program runs on a Node.js that package.json allows. */
export function node(running = process.versions.node): Found {
  const [major, minor] = versionIn(running);
  const oldest = packageJson.engines.node.replace(/^>=/, "");
  const [oldestMajor, oldestMinor] = versionIn(oldest);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? pass(`Node.js ${running}`)
    : fail(
        `Node.js ${running} is too old: the project needs ${oldest} or newer`,
        "Install Node.js 24 (LTS): https://nodejs.org",
      );
}

async function terraform(): Promise<Found> {
  const program = terraformProgram();
  const fix = `Install Terraform ${TERRAFORM_VERSION} or newer (${TERRAFORM}), or use OpenTofu: export TERRAFORM_BINARY_NAME=tofu`;
  const text = await output(program, ["version", "-json"]);
  if (text === undefined) return fail(`"${program}" is not on the PATH, or does not run`, fix);
  const { terraform_version: version = "0.0" } = JSON.parse(text) as { terraform_version?: string };
  const [major, minor] = versionIn(version);
  const [wantedMajor, wantedMinor] = versionIn(TERRAFORM_VERSION);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
    ? pass(`${program} ${version}`)
    : fail(`"${program}" is version ${version}, which is too old`, fix);
}

async function aws(): Promise<Found> {
  const text = await output("aws", ["--version"]);
  if (text === undefined)
    return fail(
      '"aws" is not on the PATH: it is needed to sign in to the cluster',
      `Install the AWS CLI 2: ${AWS}`,
    );
  const version = /aws-cli\/(\S+)/.exec(text)?.[1] ?? text;
  return versionIn(version)[0] >= 2
    ? pass(`aws ${version}`)
    : warn(
        `aws ${version} works, but AWS is retiring it in favor of version 2`,
        `Install the AWS CLI 2: ${AWS}`,
      );
}

async function kubectl(wanted: string): Promise<Found> {
  const text = await output("kubectl", ["version", "--client", "--output=json"]);
  if (text === undefined)
    return warn(
      "kubectl is not on the PATH: a deploy doesn't need it, but you do to inspect the cluster",
      `Install it: ${KUBECTL}`,
    );
  const { clientVersion } = JSON.parse(text) as { clientVersion?: { gitVersion?: string } };
  const version = clientVersion?.gitVersion ?? "v0.0";
  const apart = Math.abs(versionIn(version)[1] - versionIn(wanted)[1]);
  return apart <= 1
    ? pass(`kubectl ${version}`)
    : warn(
        `kubectl ${version} is ${apart} minor versions from the cluster's ${wanted}; one is supported`,
        `Install kubectl ${wanted}: ${KUBECTL}`,
      );
}

function versionIn(text: string): Version {
  const [, major = "0", minor = "0"] = /(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

/** Standard output, or standard error if that is empty; undefined if the program is missing or fails. */
function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const add = (chunk: Buffer) => (text += chunk.toString());
    child.stdout.on("data", add);
    child.stderr.on("data", (chunk: Buffer) => {
      if (text === "") add(chunk);
    });
    child.on("error", () => {
      resolve(undefined);
    });
    child.on("close", (code) => {
      resolve(code === 0 ? text : undefined);
    });
  });
}
