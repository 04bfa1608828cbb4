import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallingCommand } from "../../commands/calling-command";
import { guard } from "../../commands/guard";
import { loadEnvironment } from "../../environments";
import { localState } from "../../environments/local-state";

/** A PATH that holds only what a test puts there: programs that print an answer. */
let folder: string;
const path = process.env["PATH"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-guard-"));
  process.env["PATH"] = folder;
  program("terraform", `echo '{"terraform_version":"1.11.4"}'`);
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

const IDENTITY = `echo '{"Account":"111122223333","Arn":"arn:aws:iam::111122223333:role/me"}'`;
const NOT_FOUND = "echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254";

/** An aws command whose answers depend on its first two words. */
function aws(answers: Readonly<Record<string, string>>): void {
  const cases = Object.entries({ "sts get-caller-identity": IDENTITY, ...answers });
  program(
    "aws",
    `case "$1 $2" in\n${cases.map(([words, answer]) => `"${words}") ${answer} ;;`).join("\n")}\nesac`,
  );
}

const secret = (values: object) => `echo '${JSON.stringify({ SecretString: JSON.stringify(values) })}'`;
const FULL = Object.fromEntries(
  [
    "SUPABASE_ANON_KEY",
    "SUPABASE_SERVICE_KEY",
    "DATABASE_URL",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GOOGLE_API_KEY",
  ].map((name) => [name, "a value of its own"]),
);

const dev = loadEnvironment("dev", { overrides: { account: "111122223333" } });
const told = (command: string, ...stacks: string[]): string => {
  try {
    guard(dev, { name: command, stacks });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

it("lets synth go without Terraform and account", () => {
  process.env["PATH"] = "";
  expect(told("synth")).toBe("");
  expect(() => {
    guard(dev, undefined);
  }).not.toThrow();
});

it.each(["deploy", "diff", "destroy"])("says before %s that there is no Terraform", (command) => {
  rmSync(join(folder, "terraform"));
  expect(told(command, "infra")).toBe(
    'There is no "terraform" on the PATH that answers. Install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or name another program: export TERRAFORM_BINARY_NAME=tofu',
  );
});

it("says that Terraform is too old", () => {
  program("terraform", `echo '{"terraform_version":"1.9.8"}'`);
  expect(told("diff", "infra")).toMatch(
    /^"terraform" is version 1\.9\.8, which is too old\. Install Terraform 1\.11/,
  );
});

it("says that there is no AWS command", () => {
  expect(told("diff", "infra")).toMatch(
    /^There is no "aws" on the PATH: it signs in to the cluster\. Install the AWS CLI/,
  );
});

it("says how to sign in where there are no credentials", () => {
  program("aws", "echo 'Unable to locate credentials' >&2; exit 253");
  expect(told("deploy", "infra")).toBe(
    "AWS knows no credentials of yours (Unable to locate credentials). Sign in with: aws sso login, or name a profile: export AWS_PROFILE=<profile>",
  );
});

it("says whose account the credentials are of, and whose they should be", () => {
  aws({ "sts get-caller-identity": IDENTITY.replaceAll("111122223333", "444455556666") });
  expect(told("deploy", "infra")).toBe(
    'These credentials (arn:aws:iam::444455556666:role/me) are of the account 444455556666, but the environment "dev" is of the account 111122223333 (setting account). Name a profile of that account: export AWS_PROFILE=<profile>, or another environment: export WBOT_ENV=<name>',
  );
});

it("refuses to deploy app without its secret, before infra is built", () => {
  aws({ "secretsmanager get-secret-value": NOT_FOUND });
  expect(told("deploy", "infra", "app")).toBe(
    "The secret wbot/dev/app of environment dev is not there. To make it, fill in a copy of docs/app-secret.example.env and run:\n\n" +
      "  npx wbot secrets push app-secret.env --env dev\n",
  );
  expect(told("deploy", "infra")).toBe("");
  expect(told("destroy", "infra", "app")).toBe("");
});

it("names each missing or empty key, and never a value", () => {
  aws({
    "secretsmanager get-secret-value": secret({ ...FULL, OPENAI_API_KEY: "", GOOGLE_API_KEY: undefined }),
  });
  const message = told("deploy", "*");
  expect(message.match(/has no value for \w+/g)).toEqual([
    "has no value for OPENAI_API_KEY",
    "has no value for GOOGLE_API_KEY",
  ]);
  expect(message).toContain("npx wbot secrets push app-secret.env --env dev");
  expect(message).not.toContain("a value of its own");
});

it("takes a secret that is no JSON for an empty one", () => {
  aws({ "secretsmanager get-secret-value": `echo '{"SecretString":"not json"}'` });
  expect(told("deploy", "infra", "app").match(/has no value for/g)).toHaveLength(6);
});

it("lets a complete secret pass, and leaves one that it may not read to Terraform", () => {
  aws({ "secretsmanager get-secret-value": secret(FULL) });
  expect(told("deploy", "infra", "app")).toBe("");
  aws({ "secretsmanager get-secret-value": "echo 'AccessDeniedException' >&2; exit 254" });
  expect(told("deploy", "infra", "app")).toBe("");
});

it.each(["deploy", "diff"])("refuses to %s app alone where infra is not deployed", (command) => {
  aws({ "eks describe-cluster": NOT_FOUND, "secretsmanager get-secret-value": secret(FULL) });
  expect(told(command, "app")).toBe(
    "There is no EKS cluster wbot-dev in us-east-1: the stack infra of environment dev must be deployed first. Run:\n\n  WBOT_ENV=dev npx cdktf deploy infra\n",
  );
  expect(told(command, "infra", "app")).toBe("");
});

it("refuses to destroy a protected environment, and says how it is done", () => {
  aws({});
  expect(() => {
    guard(loadEnvironment("prod"), { name: "destroy", stacks: ["infra", "app"] });
  }).toThrow(
    'The environment "prod" is protected, and nothing was destroyed. To take it down, set protection to false in environments/prod.ts and run:\n\n' +
      "  WBOT_ENV=prod npx cdktf deploy infra app\n  WBOT_ENV=prod npx cdktf destroy infra app",
  );
});

describe("local states of an environment that keeps its state in a bucket", () => {
  const own = loadEnvironment("staging", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
  const file = localState("unmoved", "infra");
  const unmoved = { ...own, name: "unmoved" };
  afterEach(() => {
    rmSync(file, { force: true });
  });

  it.each(["deploy", "diff", "destroy"])("stop %s with the command that moves them", (name) => {
    writeFileSync(file, "{}");
    expect(() => {
      guard(unmoved, { name, stacks: ["infra"] });
    }).toThrow(
      'The environment "unmoved" keeps its state in the bucket a-bucket, but there are local states too (terraform.unmoved.infra.tfstate). To move them there:\n\n' +
        "  npx wbot state move --env unmoved\n",
    );
  });
});

describe("the Kubernetes version", () => {
  // Nobody's environment, so that nobody's state is touched.
  const name = "guard-test";
  const state = localState(name, "infra");
  const recorded = (version: string) => {
    const cluster = { type: "aws_eks_cluster", instances: [{ attributes: { version } }] };
    writeFileSync(state, JSON.stringify({ resources: [{ type: "aws_vpc", instances: [] }, cluster] }));
  };
  const synthesized = (version: "1.35" | "1.36", command?: CallingCommand) => {
    guard({ ...dev, name, cluster: { ...dev.cluster, version } }, command);
  };
  afterEach(() => {
    rmSync(state, { force: true });
  });

  it.each([
    [
      "two minor versions up",
      "1.34",
      "1.36",
      'cluster.version of the environment "guard-test" is "1.36", but the cluster runs 1.34, and goes up one minor version at a time, not to 1.36 (terraform.guard-test.infra.tfstate). Set it to "1.35" in environments/guard-test.ts; docs/runbooks/upgrade.md has the way from version to version.',
    ],
    [
      "one back",
      "1.36",
      "1.35",
      'cluster.version of the environment "guard-test" is "1.35", but the cluster runs 1.36, and no cluster goes back to 1.35 (terraform.guard-test.infra.tfstate). Set it to "1.36" in environments/guard-test.ts; docs/runbooks/upgrade.md has the way from version to version.',
    ],
  ] as const)("is refused at synth where it is %s", (_, running, wanted, message) => {
    recorded(running);
    expect(() => {
      synthesized(wanted);
    }).toThrow(new Error(message));
  });

  it("is taken where it is the same, one minor version up, or where nothing is recorded", () => {
    synthesized("1.36");
    for (const running of ["1.35", "1.36"]) {
      recorded(running);
      synthesized("1.36");
    }
    writeFileSync(state, JSON.stringify({ version: 4, resources: [] }));
    synthesized("1.36");
  });

  it.each([
    ["empty", ""],
    ["cut", '{"version": 4, "resources": [{"type": "aws_eks_cl'],
  ])("is left to Terraform where the state is %s", (_, content) => {
    writeFileSync(state, content);
    expect(() => {
      synthesized("1.36");
    }).not.toThrow();
  });

  it("stops no destroy", () => {
    recorded("1.34");
    aws({});
    synthesized("1.36", { name: "destroy", stacks: ["infra", "app"] });
  });
});
