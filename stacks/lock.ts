import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { EnvironmentError, type Environment } from "../environments";
import { emulator } from "../environments/emulator";
import { PROJECT } from "../project";
import type { AnyStackName } from "./stack-names";

/** A lock file's entry for one provider. */
interface LockedProvider {
  readonly version: string;
  /** `zh:` is the checksum of a release archive for one platform, `h1:` that of an archive's content. */
  readonly hashes: readonly string[];
}

export type Lock = ReadonlyMap<string, LockedProvider>;

export const LOCK_FILE = ".terraform.lock.hcl";
const LOCKS = join(PROJECT, "locks");

/** The committed lock file of a stack. */
export function lockFile(stack: AnyStackName): string {
  return join(LOCKS, `${stack}${LOCK_FILE}`);
}

/** Its path as shown in messages. */
export function shownLock(stack: AnyStackName): string {
  return `locks/${stack}${LOCK_FILE}`;
}

/** The providers of a lock file, by address. */
export function parseLock(text: string): Lock {
  const blocks = text.matchAll(/^provider "([^"]+)" \{\r?\n([\s\S]*?)^\}/gm);
  return new Map(
    [...blocks].map(([, address = "", body = ""]) => [
      address,
      {
        version: /^\s*version\s*=\s*"([^"]+)"/m.exec(body)?.[1] ?? "",
        hashes: [...body.matchAll(/"((?:h1|zh):[^"]+)"/g)].map(([, hash = ""]) => hash),
      },
    ]),
  );
}

/** Copies a stack's committed lock file to its folder, where Terraform and cdktf look for it. */
export function putLock(
  environment: Environment,
  stack: AnyStackName,
  path: string,
  env = process.env,
): void {
  const own = committed(stack);
  const file = join(path, LOCK_FILE);
  const current = readLock(file);
  if (!applies(environment, env)) {
    // Left by a run on AWS: with it, Terraform would refuse an emulator's substitute for a provider.
    if (covers(current, own)) rmSync(file);
    return;
  }
  if (own.size === 0)
    throw new EnvironmentError(
      `${shownLock(stack)} is missing or lists no providers, so none would be verified. To restore it: git restore ${shownLock(stack)}`,
    );
  // Keep the checksums that Terraform added for this machine, or it would install everything again.
  if (!covers(current, own))
    writeFileSync(file, readFileSync(lockFile(stack), "utf8").replaceAll("\r\n", "\n"));
}

/**
 * Arguments that keep `terraform init` from changing a stack's lock file. Without an `h1:` checksum Terraform can't
 * verify unpacked providers: it then verifies the archives as it installs them, and adds one.
 */
export function lockArguments(stack: AnyStackName, path: string): readonly string[] {
  const current = readLock(join(path, LOCK_FILE));
  if (!covers(current, committed(stack))) return [];
  const complete = [...current.values()].every(({ hashes }) => hashes.some((hash) => hash.startsWith("h1:")));
  return complete ? ["-lockfile=readonly"] : [];
}

/** What `terraform init` prints of each provider. */
const INSTALLED = /^- (?:Installed|Using(?: previously-installed)?) (\S+) v\d/gm;

/**
 * Refuses providers that the committed lock file doesn't list: `terraform init` also installs what only a state names, and
 * whoever can write a state would have Terraform run it with the credentials of whoever plans next. The folder's lock file
 * goes: Terraform starts no provider that is not in it.
 *
 * @param output What `terraform init` printed: where it may not change the lock file, only this names them
 */
export function refuseUnlisted(stack: AnyStackName, path: string, output: string): void {
  const file = join(path, LOCK_FILE);
  const listed = committed(stack);
  const installed = [...output.matchAll(INSTALLED)].map(([, name = ""]) => fromDefaultRegistry(name));
  const used = new Set([...readLock(file).keys(), ...installed]);
  const unlisted = [...used].filter((address) => !listed.has(inTerraformsRegistry(address, process.env)));
  if (unlisted.length === 0) return;
  rmSync(file, { force: true });
  throw new EnvironmentError(
    `terraform init installed ${unlisted.join(", ")} for ${stack}, which ${shownLock(stack)} doesn't list. It was not run. If you added it: npm run lock. Otherwise only the state names it: because a commit removed it while its resources still exist, because OpenTofu deployed them, or because somebody wrote it there: docs/recovery.md, "A state that names another provider"`,
  );
}

/** Terraform prints its own registry's providers without the host. */
function fromDefaultRegistry(name: string): string {
  return name.split("/").length === 2 ? `registry.terraform.io/${name}` : name;
}

/** OpenTofu gets the same providers from its own registry. Terraform would, too, but their newest versions, unverified. */
function inTerraformsRegistry(address: string, env: NodeJS.ProcessEnv): string {
  return isOpenTofu(env) ? address.replace(/^registry\.opentofu\.org\//, "registry.terraform.io/") : address;
}

/** The fix for an `init` that failed because of the lock file; empty if it failed for another reason. */
export function lockFix(stack: AnyStackName, output: string): string {
  const words = output.replace(/\s+/g, " ");
  if (words.includes("lock file is read-only"))
    return `${shownLock(stack)} lists a provider that ${stack} doesn't need. To update it: npm run lock`;
  // For another version, Terraform would advise an upgrade of a copy that the next synthesis overwrites.
  if (/checksums (previously )?recorded|does not match configured version constraint/.test(words)) {
    return `A provider does not match ${shownLock(stack)}. After an upgrade, update it: npm run lock. If your own mirror repackages providers: export PROVIDER_LOCK=off`;
  }
  if (words.includes("Provider lock file not updated")) {
    return `${shownLock(stack)} has no checksums of unpacked providers for ${platform()}. To add them: npx wbot lock ${platform()}`;
  }
  return "";
}

/** Whether the lock files apply: only to the publishers' releases. OpenTofu has its own registry and releases. */
function applies(environment: Environment, env: NodeJS.ProcessEnv): boolean {
  return (
    env["PROVIDER_LOCK"] !== "off" &&
    emulator(env) === undefined &&
    environment.emulator === undefined &&
    !isOpenTofu(env)
  );
}

function isOpenTofu(env: NodeJS.ProcessEnv): boolean {
  return basename(env["TERRAFORM_BINARY_NAME"] ?? "").startsWith("tofu");
}

/** Whether a lock has the same providers as another, with at least its checksums; false if the other is empty. */
function covers(lock: Lock, other: Lock): boolean {
  return (
    other.size > 0 &&
    lock.size === other.size &&
    [...other].every(([address, { version, hashes }]) => {
      const found = lock.get(address);
      return found?.version === version && hashes.every((hash) => found.hashes.includes(hash));
    })
  );
}

function committed(stack: AnyStackName): Lock {
  return readLock(lockFile(stack));
}

function readLock(file: string): Lock {
  return existsSync(file) ? parseLock(readFileSync(file, "utf8")) : new Map<string, LockedProvider>();
}

/** This machine as Terraform names it. */
function platform(): string {
  const os = process.platform === "win32" ? "windows" : process.platform;
  return `${os}_${process.arch === "x64" ? "amd64" : process.arch}`;
}
