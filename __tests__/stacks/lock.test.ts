import fs, { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LOCK_FILE, lockArguments, lockFile, lockFix, parseLock, putLock } from "../../stacks/lock";
import { STACKS, type AnyStackName, type StackName } from "../../stacks/stack-names";
import { EnvironmentError, environments, loadEnvironment } from "../../environments";
import { synth } from "../synth";

const dev = loadEnvironment("dev");
const committed = (stack: AnyStackName) => readFileSync(lockFile(stack), "utf8");

let outdir: string;
const folder = (stack: StackName) => join(outdir, "dev", "stacks", stack);
const file = (stack: StackName) => join(folder(stack), LOCK_FILE);
const putLocks = (env: NodeJS.ProcessEnv = {}, environment = dev) => {
  for (const stack of STACKS) putLock(environment, stack, folder(stack), env);
};
const there = (stack: StackName) => readFileSync(file(stack), "utf8");
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "wbot-lock-"));
  for (const stack of STACKS) mkdirSync(dirname(file(stack)), { recursive: true });
});

describe("the committed lock files", () => {
  /** "aws" and "hashicorp/aws" are the same to Terraform. */
  const address = (source: string) =>
    `registry.terraform.io/${source.includes("/") ? source : `hashicorp/${source}`}`;

  it.each(Object.keys(environments))(
    "are what `npm run lock` writes: the providers and versions of %s",
    (name) => {
      for (const stack of STACKS) {
        const required = synth(name)[stack].json["terraform"].required_providers as Record<
          string,
          { source: string; version: string }
        >;
        const wanted = Object.values(required).map(({ source, version }) => [address(source), version]);
        const locked = [...parseLock(committed(stack))].map(([from, { version }]) => [from, version]);
        expect({ stack, locked: locked.sort() }).toEqual({ stack, locked: wanted.sort() });
      }
    },
  );

  it("contain the archives of every platform of a release, and agree with each other", () => {
    const [infra, app] = STACKS.map((stack) => parseLock(committed(stack)));
    for (const [from, { hashes }] of infra ?? []) {
      const archives = hashes.filter((hash) => /^zh:[0-9a-f]{64}$/.test(hash));
      expect({ from, archives: archives.length >= 12 }).toEqual({ from, archives: true });
      expect(hashes.every((hash) => /^(zh:[0-9a-f]{64}|h1:[A-Za-z0-9+/]{43}=)$/.test(hash))).toBe(true);
      expect(new Set(hashes).size).toBe(hashes.length);
    }
    for (const [from, provider] of app ?? []) expect(infra?.get(from)).toEqual(provider);
  });

  it("give the bootstrap stack the AWS provider of infra, and no other", () => {
    const aws = "registry.terraform.io/hashicorp/aws";
    const [infra, bootstrap] = (["infra", "bootstrap"] as const).map((stack) => parseLock(committed(stack)));
    expect([...(bootstrap ?? [])]).toEqual([[aws, infra?.get(aws)]]);
  });
});

describe("a stack's folder", () => {
  it("gets the committed file, replacing another one", () => {
    writeFileSync(file("app"), 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "1.0.0"\n}\n');
    putLocks();
    for (const stack of STACKS) expect(there(stack)).toBe(committed(stack));
  });

  it.each([
    ["lacks a checksum", /^ *"zh:.*\n/m, ""],
    ["has another checksum", /(?<="zh:)[0-9a-f]{64}/, "0".repeat(64)],
    ["lists a further provider", /$/, 'provider "registry.terraform.io/a/b" {\n  version = "1.0.0"\n}\n'],
  ])("gets it also in place of one with the same versions that %s", (_, checksum, instead) => {
    writeFileSync(file("app"), committed("app").replace(checksum, instead));
    putLocks();
    expect(there("app")).toBe(committed("app"));
  });

  it("gets the committed file from a checkout with Windows' line endings as well", () => {
    const [before, real] = [committed("infra"), fs.readFileSync];
    jest.spyOn(fs, "readFileSync").mockImplementation((...args: Parameters<typeof real>) => {
      const text = real(...args);
      return typeof text === "string" ? text.replaceAll("\n", "\r\n") : text;
    });
    putLocks();
    jest.restoreAllMocks();
    expect(there("infra")).toBe(before);
  });

  it("is not left without a lock file if the committed one can't be read", () => {
    jest.spyOn(fs, "readFileSync").mockReturnValue("<<<<<<< HEAD\n");
    expect(() => {
      putLocks();
    }).toThrow(
      new EnvironmentError(
        "locks/infra.terraform.lock.hcl is missing or lists no providers, so none would be verified. To restore it: git restore locks/infra.terraform.lock.hcl",
      ),
    );
    jest.restoreAllMocks();
  });

  it("keeps what Terraform has added for this machine", () => {
    const added = committed("infra").replace('"zh:', `"h1:${"A".repeat(43)}=",\n    "zh:`);
    writeFileSync(file("infra"), added);
    putLocks();
    expect(there("infra")).toBe(added);
  });

  it.each([
    ["with an emulator on this machine", { AWS_ENDPOINT_URL: "http://localhost:4566" }],
    ["with providers that a mirror repackaged", { PROVIDER_LOCK: "off" }],
    ["with OpenTofu, whose registry has other releases", { TERRAFORM_BINARY_NAME: "/usr/bin/tofu" }],
  ])("has none %s, and loses one that a run on AWS has left", (_when, env) => {
    putLocks();
    putLocks(env);
    expect(STACKS.filter((stack) => existsSync(file(stack)))).toEqual([]);
  });

  it("has none if the environment uses an emulator", () => {
    putLocks({}, { ...dev, emulator: { endpoint: "http://aws.test" } });
    expect(existsSync(file("infra"))).toBe(false);
  });

  it("keeps the file that Terraform wrote itself if ours doesn't apply", () => {
    const own = 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "6.25.0"\n}\n';
    writeFileSync(file("infra"), own);
    putLocks({ PROVIDER_LOCK: "off" });
    expect(there("infra")).toBe(own);
  });
});

describe("terraform init", () => {
  const complete = (stack: StackName) =>
    committed(stack).replaceAll("hashes = [", `hashes = [\n    "h1:${"A".repeat(43)}=",`);

  it("may not change a lock file that also has checksums of unpacked providers", () => {
    writeFileSync(file("infra"), complete("infra"));
    expect(lockArguments("infra", folder("infra"))).toEqual(["-lockfile=readonly"]);
  });

  it("may add them to one without: otherwise its next command would find no provider to run", () => {
    const without = committed("infra").replaceAll(/^ *"h1:.*\n/gm, "");
    const ofOne = without.replace("hashes = [", `hashes = [\n    "h1:${"A".repeat(43)}=",`);
    for (const text of [without, ofOne]) {
      writeFileSync(file("infra"), text);
      expect(lockArguments("infra", folder("infra"))).toEqual([]);
    }
  });

  it("may change a file that is not ours, and create a missing one", () => {
    expect(lockArguments("app", folder("app"))).toEqual([]);
    writeFileSync(file("app"), complete("app").replace(/(?<=version += )"/, '"0.'));
    expect(lockArguments("app", folder("app"))).toEqual([]);
  });

  const MISMATCH =
    "A provider does not match locks/app.terraform.lock.hcl. After an upgrade, update it: npm run lock. If your own mirror repackages providers: export PROVIDER_LOCK=off";

  it.each([
    [
      "a provider that differs from the published one",
      "doesn't match any of the\nchecksums previously recorded in the dependency lock file",
      MISMATCH,
    ],
    [
      "a provider in a shared cache that differs from the published one",
      "the provider cache at .terraform/providers has a copy that doesn't match any of the checksums\nrecorded in the dependency lock file",
      MISMATCH,
    ],
    [
      "a provider of another version than the locked one",
      "locked provider registry.terraform.io/hashicorp/random\n3.7.2 does not match configured version constraint 3.7.1; must use terraform\ninit -upgrade to allow selection of new versions",
      MISMATCH,
    ],
    [
      "a locked provider that nothing needs any more",
      "were detected, but the lock\nfile is read-only. To use",
      "locks/app.terraform.lock.hcl lists a provider that app doesn't need. To update it: npm run lock",
    ],
    ["anything else", "Error: Failed to query available provider packages", ""],
  ])("gives the fix for %s", (_what, output, fix) => {
    expect(lockFix("app", output)).toBe(fix);
  });

  it("says which platform's checksums are missing", () => {
    expect(lockFix("app", "Warning: Provider lock file not updated")).toMatch(
      /^locks\/app\.terraform\.lock\.hcl has no checksums of unpacked providers for ([a-z]+_[a-z0-9]+)\. To add them: npx wbot lock \1$/,
    );
  });
});
