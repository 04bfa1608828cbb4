import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guard } from "../../stacks/guard";
import { loadEnvironment } from "../../environments";
import { localState } from "../../environments/local-state";

const dev = loadEnvironment("dev");

/** A PATH with only an aws command that would fail. */
let folder: string;
const path = process.env["PATH"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wbot-guard-"));
  process.env["PATH"] = folder;
  writeFileSync(join(folder, "aws"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
});
afterEach(() => {
  process.env["PATH"] = path;
});

it.each(["deploy", "diff", "destroy"])("says before %s that nothing can sign in to the cluster", (name) => {
  const command = { name, args: ["infra", "app"] };
  guard(dev, command);
  rmSync(join(folder, "aws"));
  // Here it is, but can't be run.
  writeFileSync(join(folder, "aws"), "");
  expect(() => {
    guard(dev, command);
  }).toThrow(
    '"aws" is not on the PATH, and Terraform needs it to sign in to the cluster. Install the AWS CLI, version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  );
});

it.each(["deploy", "diff", "destroy"])("refuses a variable that would change what %s does", (name) => {
  process.env["TF_CLI_ARGS_plan"] = "-destroy";
  try {
    expect(() => {
      guard(dev, { name, args: ["infra", "app"] });
    }).toThrow("TF_CLI_ARGS_plan is set: ");
  } finally {
    delete process.env["TF_CLI_ARGS_plan"];
  }
});

it("doesn't need it for synth, or outside cdktf", () => {
  process.env["PATH"] = "";
  guard(dev, { name: "synth", args: [] });
  guard(dev, undefined);
});

it("refuses to destroy a protected environment, and says how to", () => {
  expect(() => {
    guard(loadEnvironment("prod"), { name: "destroy", args: ["infra", "app"] });
  }).toThrow(
    'The environment "prod" is protected. Nothing was destroyed. To destroy it, set protection to false in environments/prod.ts and run:\n\n' +
      "  WBOT_ENV=prod npx cdktf deploy infra app\n  WBOT_ENV=prod npx cdktf destroy infra app",
  );
});

describe("local state files of an environment that keeps its state in a bucket", () => {
  const own = loadEnvironment("staging", { overrides: { state: { kind: "s3", bucket: "a-bucket" } } });
  const file = localState("unmoved", "infra");
  const unmoved = { ...own, name: "unmoved" };
  afterEach(() => {
    rmSync(file, { force: true });
  });

  it.each(["deploy", "diff", "destroy"])("stop %s with the command that moves them", (name) => {
    writeFileSync(file, "{}");
    expect(() => {
      guard(unmoved, { name, args: ["infra"] });
    }).toThrow(
      'The environment "unmoved" keeps its state in the bucket a-bucket, but there are local state files too (terraform.unmoved.infra.tfstate). To move them to the bucket:\n\n' +
        "  npx wbot state move --env unmoved\n",
    );
  });
});
