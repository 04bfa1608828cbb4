import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TERRAFORM_VERSION } from "../../../../environments/terraform-version";
import { look } from "../look";

const PATH = process.env["PATH"];
afterEach(() => {
  process.env["PATH"] = PATH;
  delete process.env["TERRAFORM_BINARY_NAME"];
});

const NODE = ["pass", `Node.js ${process.versions.node}`];
const INSTALL_TERRAFORM = `Install Terraform ${TERRAFORM_VERSION} or newer (https://developer.hashicorp.com/terraform/install), or OpenTofu ${TERRAFORM_VERSION} or newer, and: export TERRAFORM_BINARY_NAME=tofu`;
const INSTALL_AWS =
  "Install the AWS CLI 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";

/** On a PATH that has nothing but these programs, each of which prints a text. */
function withPrograms(programs: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  for (const [name, prints] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
  process.env["PATH"] = folder;
  return look("tools");
}

it("passes the programs that a deploy runs", async () => {
  process.env["TERRAFORM_BINARY_NAME"] = "tofu";
  expect(
    await withPrograms({
      tofu: '{"terraform_version": "1.12.3"}',
      aws: "aws-cli/2.31.4 Python/3.13.7 Linux/6.8.0 exe/x86_64.ubuntu.24",
    }),
  ).toEqual([NODE, ["pass", "tofu 1.12.3"], ["pass", "aws 2.31.4"]]);
});

it("says what is missing or another program, and where to get it", async () => {
  const terraform = [
    "fail",
    '"terraform" is not on the PATH, or "terraform version -json" prints no version',
    INSTALL_TERRAFORM,
  ];
  expect(await withPrograms({})).toEqual([
    NODE,
    terraform,
    ["fail", '"aws" is not on the PATH: it is needed to sign in to the cluster', INSTALL_AWS],
  ]);
  expect((await withPrograms({ terraform: "a wrapper of ours" }))[1]).toEqual(terraform);
});

it("says what is too old, failures last", async () => {
  expect(
    await withPrograms({ terraform: '{"terraform_version": "1.9.8"}', aws: "aws-cli/1.42.9 Python/3.12.3" }),
  ).toEqual([
    NODE,
    ["warn", "aws 1.42.9 works, but AWS is retiring it in favor of version 2", INSTALL_AWS],
    ["fail", '"terraform" is version 1.9.8, which is too old', INSTALL_TERRAFORM],
  ]);
});
