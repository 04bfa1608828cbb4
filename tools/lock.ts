import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironment } from "../environments";
import { CommandError, EXIT } from "../commands/cli/exit-codes";
import { BOOTSTRAP, STACKS, type AnyStackName } from "../stacks/stack-names";
import { withPrivateFolder } from "../commands/cli/private-folder";
import { synthesize } from "../stacks/synthesize";
import { LOCK_FILE, lockFile, shownLock } from "../stacks/lock";
import { terraformOutput } from "../commands/terraform/program";
import { terraformProgram } from "../stacks/command-lines";

/** `npm run lock`: fetches the checksums of every provider from the registry, and writes locks/<stack>.terraform.lock.hcl. */

/** Platforms from which the project is deployed. */
const PLATFORMS = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"];
/** Providers are the same in all environments; a test checks that. */
const ENVIRONMENT = "dev";

/** The only provider of the bootstrap stack, in infra's version. OpenTofu's lock files have another registry's. */
const AWS = /^provider "registry\.terraform\.io\/hashicorp\/aws" \{\n[\s\S]*?^\}\n/m;

/** Writes every stack's lock file, for further platforms as well. */
export async function lock(
  further: readonly string[],
  fileOf: (stack: AnyStackName) => string = lockFile,
): Promise<number> {
  const wrong = further.find((platform) => !/^[a-z]+_[a-z0-9]+$/.test(platform));
  if (wrong !== undefined)
    throw new CommandError(
      `"${wrong}" is not a Terraform platform, such as "windows_amd64". Nothing was locked. Always locked: ${PLATFORMS.join(", ")}; name only further ones: npx wbot lock windows_amd64`,
      EXIT.usage,
    );
  const platforms = [...new Set([...PLATFORMS, ...further])].map((platform) => `-platform=${platform}`);
  await withPrivateFolder(async (folder) => {
    synthesize(loadEnvironment(ENVIRONMENT), folder);
    for (const stack of STACKS) {
      const path = join(folder, ENVIRONMENT, "stacks", stack);
      const unchanged = `The providers of ${stack} could not be locked, and the lock file is unchanged.`;
      const failure = `${unchanged} This needs ${terraformProgram()} and registry.terraform.io`;
      await terraformOutput({ stack, path }, ["providers", "lock", "-no-color", ...platforms], failure);
      if (!AWS.test(readFileSync(join(path, LOCK_FILE), "utf8")))
        throw new CommandError(
          `${unchanged} It must be written by Terraform, but "${terraformProgram()}" locked the providers of another registry, as OpenTofu does. To use Terraform: unset TERRAFORM_BINARY_NAME`,
        );
      copyFileSync(join(path, LOCK_FILE), fileOf(stack));
      written(stack);
    }
  });
  const infra = readFileSync(fileOf("infra"), "utf8");
  const [comment = ""] = infra.split("provider ", 1);
  writeFileSync(fileOf(BOOTSTRAP), `${comment}${AWS.exec(infra)?.[0] ?? ""}`);
  written(BOOTSTRAP);
  return EXIT.done;
}

function written(stack: AnyStackName): void {
  console.log(`${shownLock(stack)} is written: check it with git diff, and commit it`);
}
