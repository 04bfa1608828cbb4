import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lock } from "../../tools/lock";
import { EVERY_STACK, type AnyStackName } from "../../stacks/stack-names";
import { script, type Script } from "../commands/terraform/script";

jest.mock("../../stacks/synthesize", () => jest.requireActual("../commands/terraform/stand-in"));

let terraform: Script;
beforeEach(() => {
  terraform = script();
  jest.spyOn(console, "log").mockReturnValue(undefined);
});
afterEach(() => {
  terraform.remove();
});

const LOCKS = `echo "$@" > "$here/arguments"
cat > .terraform.lock.hcl <<END
# $stack

provider "registry.terraform.io/hashicorp/aws" {
  version = "6.25.0"
}

provider "registry.terraform.io/hashicorp/helm" {
  version = "3.1.1"
}
END`;
const file = (stack: AnyStackName) => join(terraform.folder, stack);

it("asks for the checksums of every platform that the project is deployed from, and of those named", async () => {
  terraform.answer({ providers: LOCKS });
  await lock(["freebsd_amd64", "linux_amd64"], file);
  expect(readFileSync(join(terraform.folder, "arguments"), "utf8")).toBe(
    "providers lock -no-color -platform=linux_amd64 -platform=linux_arm64 -platform=darwin_amd64 -platform=darwin_arm64 -platform=freebsd_amd64\n",
  );
  const [infra, app, bootstrap] = EVERY_STACK.map((stack) => readFileSync(file(stack), "utf8"));
  expect([infra, app]).toEqual([
    expect.stringMatching(/^# infra\n[\s\S]*helm/),
    expect.stringMatching(/^# app\n[\s\S]*helm/),
  ]);
  // It has the AWS provider alone, as infra has it.
  expect(bootstrap).toBe(
    '# infra\n\nprovider "registry.terraform.io/hashicorp/aws" {\n  version = "6.25.0"\n}\n',
  );
});

it("leaves a lock file as it is if the registry is out of reach", async () => {
  terraform.answer({ providers: LOCKS, "app providers": "echo 'no such host' >&2; exit 1" });
  await expect(lock([], file)).rejects.toThrow(
    new Error(
      `The providers of app could not be locked, and the lock file is unchanged. This needs ${join(terraform.folder, "terraform")} and registry.terraform.io:\n\n  no such host`,
    ),
  );
  expect(existsSync(file("app"))).toBe(false);
});

it("leaves a lock file as it is if OpenTofu locks its own registry's providers", async () => {
  terraform.answer({ providers: LOCKS.replaceAll("registry.terraform.io", "registry.opentofu.org") });
  await expect(lock([], file)).rejects.toThrow(
    new Error(
      `The providers of infra could not be locked, and the lock file is unchanged. It must be written by Terraform, but "${join(terraform.folder, "terraform")}" locked the providers of another registry, as OpenTofu does. To use Terraform: unset TERRAFORM_BINARY_NAME`,
    ),
  );
  expect(existsSync(file("infra"))).toBe(false);
});

it("refuses an unknown platform before it locks anything", async () => {
  terraform.answer({ providers: LOCKS });
  await expect(lock(["--help"], file)).rejects.toThrow(
    new Error(
      '"--help" is not a Terraform platform, such as "windows_amd64". Nothing was locked. Always locked: linux_amd64, linux_arm64, darwin_amd64, darwin_arm64; name only further ones: npx wbot lock windows_amd64',
    ),
  );
  expect(terraform.calls()).toEqual([]);
});
