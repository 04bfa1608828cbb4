import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "../../environments";
import { refuseAmbient, refuseWorkspace } from "../../stacks/ambient";

const OPTIONS = "Terraform would run with additional options, which may destroy";
const ELSEWHERE = "some calls, and perhaps the state, would go there instead of to AWS";

it.each<[string, string, string]>([
  ["TF_WORKSPACE", "staging", "Terraform would use another workspace\'s state and treat everything as new"],
  ["TF_CLI_ARGS", "-no-color", OPTIONS],
  ["TF_CLI_ARGS_plan", "-destroy", OPTIONS],
  ["TF_CLI_ARGS_init", "-backend=false", OPTIONS],
  ["TF_DATA_DIR", "/tmp/tf", "the stacks and environments would share Terraform's folder"],
  ["TF_REATTACH_PROVIDERS", "{}", "Terraform would use a provider that is being debugged"],
  ["KUBE_TOKEN", "x", "the Kubernetes and Helm providers would mix another cluster's access with this one's"],
  ["HELM_DRIVER", "configmap", "Helm would look for releases where there are none"],
  ...["http://emulator:4566", "https://amazonaws.com.example.com"].map((url): [string, string, string] => [
    "AWS_ENDPOINT_URL",
    url,
    "it is not an emulator on this machine, and all calls, some with secrets, would go there instead of to AWS",
  ]),
  ["AWS_ENDPOINT_URL_S3", "http://localhost:4566", ELSEWHERE],
  ["AWS_ENDPOINT_URL_STS", "https://amazonaws.com.example.com", ELSEWHERE],
  ["AWS_ENDPOINT_URL_S3", "https://s3.us-east-1.amazonaws.com:4433", ELSEWHERE],
  ["AWS_S3_ENDPOINT", "http://emulator:4566", ELSEWHERE],
  ["TF_AWS_STS_ENDPOINT", "http://emulator:4566", ELSEWHERE],
  [
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "0",
    "anybody on the network could read and change what is sent to AWS. Trust your proxy's authority instead: export AWS_CA_BUNDLE=<file>",
  ],
])("refuses %s=%s, and says what it would do", (name, value, why) => {
  expect(() => {
    refuseAmbient({ [name]: value });
  }).toThrow(new EnvironmentError(`${name} is set: ${why}. Nothing was changed. Run: unset ${name}`));
});

it.each([
  ...["127.0.0.1:4566", "localhost:4566", "junk", "http://", " "].map((url) => [url, url]),
  ["me:password@localhost:4566", "***@localhost:4566"],
])("refuses an AWS_ENDPOINT_URL that is no URL, without repeating a password: %j", (url, shown) => {
  expect(() => {
    refuseAmbient({ AWS_ENDPOINT_URL: url });
  }).toThrow(
    new EnvironmentError(
      `AWS_ENDPOINT_URL is "${shown}", which is not a URL: it must look like http://localhost:4566. Or: unset AWS_ENDPOINT_URL`,
    ),
  );
});

it("refuses a profile beside keys, of which the AWS CLI and the SDK take different ones", () => {
  const keys = { AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: "y" };
  expect(() => {
    refuseAmbient({ ...keys, AWS_PROFILE: "prod" });
  }).toThrow(
    new EnvironmentError(
      "AWS_PROFILE and AWS_ACCESS_KEY_ID are both set: some programs use one, some the other, perhaps for a different account. Nothing was changed. Run: unset AWS_PROFILE, or: unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    ),
  );
  refuseAmbient(keys);
  refuseAmbient({ AWS_PROFILE: "prod" });
});

it.each([
  [{ AWS_DEFAULT_PROFILE: "prod" }, "is not", "prod"],
  [{ AWS_DEFAULT_PROFILE: "prod", AWS_PROFILE: "" }, "is not", "prod"],
  [{ AWS_DEFAULT_PROFILE: "of prod", AWS_PROFILE: "dev" }, "names another profile", "'of prod'"],
])("refuses %j, of which the AWS CLI and the SDK take different profiles", (env, why, profile) => {
  expect(() => {
    refuseAmbient(env);
  }).toThrow(
    new EnvironmentError(
      `AWS_DEFAULT_PROFILE is set, but AWS_PROFILE ${why}: some programs read one, some the other, perhaps for a different account. Nothing was changed. Run: export AWS_PROFILE=${profile}; unset AWS_DEFAULT_PROFILE`,
    ),
  );
});

it("takes one profile by either name", () => {
  refuseAmbient({ AWS_DEFAULT_PROFILE: "prod", AWS_PROFILE: "prod" });
  refuseAmbient({ AWS_DEFAULT_PROFILE: "" });
});

it("takes what means something to this project, or changes nothing", () => {
  refuseAmbient({
    TF_WORKSPACE: "default",
    TF_CLI_ARGS: "",
    TF_CLI_ARGS_providers_lock: "-fs-mirror=/mirror",
    TF_CLI_CONFIG_FILE: "/home/me/.terraformrc",
    TF_PLUGIN_CACHE_DIR: "/cache",
    TF_LOG: "debug",
    TF_VAR_check_app_secret: "false",
    HELM_DRIVER: "secret",
    NODE_OPTIONS: "--enable-source-maps",
    KUBECONFIG: "/home/me/.kube/config",
    AWS_ENDPOINT_URL_S3: "https://bucket.vpce-0123-abcd.s3.us-east-1.vpce.amazonaws.com",
    AWS_ENDPOINT_URL_STS: "https://sts-fips.us-east-1.amazonaws.com/",
    AWS_ENDPOINT_URL_EKS: "https://eks.us-east-1.amazonaws.com:443",
    AWS_ENDPOINT_URL_SIGNIN: "https://signin.aws.amazon.com",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://localhost:4566",
    AWS_ENDPOINT_URL_DYNAMODB: "http://localhost:8000",
  });
  refuseAmbient({ AWS_ENDPOINT_URL: "https://vpce-0123-abcd.sts.us-east-1.vpce.amazonaws.com" });
  refuseAmbient({ AWS_ENDPOINT_URL: "http://localhost:4566", AWS_ENDPOINT_URL_S3: "http://localhost:4567" });
});

it("refuses a workspace that was selected in a stack's folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "wbot ambient-"));
  mkdirSync(join(folder, ".terraform"));
  const select = (name: string) => {
    writeFileSync(join(folder, ".terraform", "environment"), name);
  };
  refuseWorkspace(folder);
  select("default\n");
  refuseWorkspace(folder);
  select("staging");
  expect(() => {
    refuseWorkspace(folder);
  }).toThrow(
    new EnvironmentError(
      `The workspace "staging" is selected in ${folder}, which has its own state: Terraform would treat everything as new. Nothing was changed. To switch back: terraform -chdir='${folder}' workspace select default`,
    ),
  );
});
