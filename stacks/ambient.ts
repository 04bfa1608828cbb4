import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "../environments";
import { emulator, shownEndpoint } from "../environments/emulator";
import { argument, terraformLine } from "./command-lines";

/** Variables and files that silently change what Terraform, its providers or Node do. */

interface Ambient {
  readonly name: RegExp;
  readonly why: string;
  /** Values that change nothing. @default - only the empty one */
  readonly harmless?: RegExp;
}

const REFUSED: readonly Ambient[] = [
  {
    name: /^TF_WORKSPACE$/,
    why: "Terraform would use another workspace's state and treat everything as new",
    harmless: /^default$/,
  },
  {
    // Not TF_CLI_ARGS_providers_lock: cdktf's own `providers lock` needs it for a mirror, and deploys nothing.
    name: /^TF_CLI_ARGS(?!_providers_lock$)(_.*)?$/,
    why: "Terraform would run with additional options, which may destroy",
  },
  { name: /^TF_DATA_DIR$/, why: "the stacks and environments would share Terraform's folder" },
  { name: /^TF_REATTACH_PROVIDERS$/, why: "Terraform would use a provider that is being debugged" },
  {
    name: /^KUBE_(HOST|USER|PASSWORD|INSECURE|TLS_SERVER_NAME|CLIENT_(CERT|KEY)_DATA|CLUSTER_CA_CERT_DATA|CONFIG_PATHS?|CTX.*|TOKEN|PROXY_URL)$/,
    why: "the Kubernetes and Helm providers would mix another cluster's access with this one's",
  },
  {
    name: /^HELM_DRIVER$/,
    why: "Helm would look for releases where there are none",
    harmless: /^secrets?$/,
  },
  {
    name: /^NODE_TLS_REJECT_UNAUTHORIZED$/,
    why: "anybody on the network could read and change what is sent to AWS. Trust your proxy's authority instead: export AWS_CA_BUNDLE=<file>",
    harmless: /^1$/,
  },
];

const AWS_ITSELF = /^https:\/\/([\w-]+\.)+(amazonaws\.com|api\.aws|aws\.amazon\.com)(:443)?\/?$/;

/** Endpoints of AWS's services, perhaps left over from an emulator on another machine, or from another day. */
const ENDPOINTS: readonly Ambient[] = [
  {
    name: /^AWS_ENDPOINT_URL$/,
    why: "it is not an emulator on this machine, and all calls, some with secrets, would go there instead of to AWS",
    harmless: AWS_ITSELF,
  },
  {
    // Also by the names that only Terraform reads; not of services that only a product calls.
    name: /^(AWS_ENDPOINT_URL_(?!BEDROCK|DYNAMODB|SAGEMAKER)\w+|(TF_)?AWS_(IAM|S3|SSO|STS)_ENDPOINT)$/,
    why: "some calls, and perhaps the state, would go there instead of to AWS",
    harmless: AWS_ITSELF,
  },
];

/** Refuses an AWS_ENDPOINT_URL that is not a URL, such as one without a scheme. */
export function refuseInvalidEndpoint({ AWS_ENDPOINT_URL: url = "" }: NodeJS.ProcessEnv): void {
  if (url === "" || (/^https?:\/\//i.test(url) && URL.canParse(url))) return;
  throw new EnvironmentError(
    `AWS_ENDPOINT_URL is ${shownEndpoint(url)}, which is not a URL: it must look like http://localhost:4566. Or: unset AWS_ENDPOINT_URL`,
  );
}

/** Refuses variables that this project ignores, but the programs it runs don't. */
export function refuseAmbient(env: NodeJS.ProcessEnv = process.env): void {
  refuseInvalidEndpoint(env);
  const refused = emulator(env) === undefined ? [...REFUSED, ...ENDPOINTS] : REFUSED;
  for (const [name, value = ""] of Object.entries(env)) {
    const found = refused.find((each) => each.name.test(name));
    if (value === "" || found === undefined || found.harmless?.test(value) === true) continue;
    throw new EnvironmentError(`${name} is set: ${found.why}. Nothing was changed. Run: unset ${name}`);
  }
  const { AWS_PROFILE: profile = "", AWS_DEFAULT_PROFILE: other = "" } = env;
  const { AWS_ACCESS_KEY_ID: id = "", AWS_SECRET_ACCESS_KEY: key = "" } = env;
  if (other !== "" && other !== profile)
    throw new EnvironmentError(
      `AWS_DEFAULT_PROFILE is set, but AWS_PROFILE ${profile === "" ? "is not" : "names another profile"}: some programs read one, some the other, perhaps for a different account. Nothing was changed. Run: export AWS_PROFILE=${argument(other)}; unset AWS_DEFAULT_PROFILE`,
    );
  if (profile !== "" && id !== "" && key !== "")
    throw new EnvironmentError(
      "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set: some programs use one, some the other, perhaps for a different account. Nothing was changed. Run: unset AWS_PROFILE, or: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    );
}

/** Refuses a stack's folder in which a workspace other than the default is selected. */
export function refuseWorkspace(folder: string): void {
  const file = join(folder, ".terraform", "environment");
  const name = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (name === "" || name === "default") return;
  throw new EnvironmentError(
    `The workspace "${name}" is selected in ${folder}, which has its own state: Terraform would treat everything as new. Nothing was changed. To switch back: ${terraformLine(folder, "workspace", "select", "default")}`,
  );
}
