import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planStack } from "../../commands/plan/plan";
import { init } from "../../commands/terraform/program";
import { LOCK_FILE, lockFile } from "../../stacks/lock";
import { script, type Script } from "../commands/terraform/script";
import { describeWith, TERRAFORM } from "../programs";
import { stackFolder } from "../stack-folder";

/**
 * `terraform init` also installs the providers that only the state names, and the next plan runs them. Whoever can write an
 * environment's state, such as its deploy role, could so run a program with the credentials of the administrator who asks
 * for a diff.
 */

const STRANGER = "registry.terraform.io/stranger/x";
const REFUSED = `terraform init installed ${STRANGER} for infra, which locks/infra.terraform.lock.hcl doesn't list. It was not run.`;

const folderAt = (path: string, json = {}) => stackFolder("infra", path, json);

describe("a provider that terraform init adds to the lock file", () => {
  let terraform: Script;
  const file = () => join(terraform.folder, LOCK_FILE);
  const adds = (...addresses: readonly string[]) => {
    const blocks = addresses.map((address) => `provider "${address}" {\n  version = "1.0.0"\n}\n`);
    terraform.answer({ init: `cat >> .terraform.lock.hcl <<'END'\n${blocks.join("\n")}END` });
  };
  beforeEach(() => {
    terraform = script();
    copyFileSync(lockFile("infra"), file());
  });
  afterEach(() => {
    terraform.remove();
    delete process.env["PROVIDER_LOCK"];
  });

  it.each([undefined, "off"])(
    "is refused before it runs, and the lock file is gone (PROVIDER_LOCK: %s)",
    async (off) => {
      if (off !== undefined) process.env["PROVIDER_LOCK"] = off;
      adds(STRANGER);
      await expect(planStack(folderAt(terraform.folder), { silent: true })).rejects.toThrow(REFUSED);
      expect(terraform.calls().map((call) => call.split(" ")[1])).toEqual(["init"]);
      expect(existsSync(file())).toBe(false);
    },
  );

  it("is refused again on the next attempt", async () => {
    adds(STRANGER);
    const again = () => init(folderAt(terraform.folder));
    await expect(again()).rejects.toThrow(REFUSED);
    await expect(again()).rejects.toThrow(REFUSED);
  });

  // What OpenTofu has deployed names its registry, from which Terraform would install the newest version.
  it.each(["registry.opentofu.org/hashicorp/aws", "elsewhere.test/hashicorp/aws"])(
    "is refused as %s",
    async (address) => {
      adds(address);
      await expect(init(folderAt(terraform.folder))).rejects.toThrow(`installed ${address} for infra`);
    },
  );

  it("is accepted by OpenTofu from its own registry, if it is one of ours", async () => {
    const tofu = join(terraform.folder, "tofu");
    symlinkSync(join(terraform.folder, "terraform"), tofu);
    process.env["TERRAFORM_BINARY_NAME"] = tofu;
    adds("registry.opentofu.org/hashicorp/aws");
    await init(folderAt(terraform.folder));
    expect(existsSync(file())).toBe(true);
    adds("registry.opentofu.org/stranger/aws");
    await expect(init(folderAt(terraform.folder))).rejects.toThrow(
      "installed registry.opentofu.org/stranger/aws",
    );
  });
});

describeWith([TERRAFORM], "a state that names one, with Terraform itself", () => {
  let path: string;
  const { TF_CLI_CONFIG_FILE: config } = process.env;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "wbot-stranger-"));
    // Yours may name a mirror, beside which Terraform looks for no plugins in its folder.
    process.env["TF_CLI_CONFIG_FILE"] = join(path, "terraformrc");
    writeFileSync(join(path, "terraformrc"), "");
  });
  afterEach(() => {
    if (config === undefined) delete process.env["TF_CLI_CONFIG_FILE"];
    else process.env["TF_CLI_CONFIG_FILE"] = config;
  });

  // Terraform may not change a complete one.
  it.each([false, true])(
    "does not get it run (complete lock file: %s)",
    async (complete) => {
      const lock = readFileSync(lockFile("infra"), "utf8");
      const hashes = `hashes = [\n    "h1:${"A".repeat(43)}=",`;
      if (complete) writeFileSync(join(path, LOCK_FILE), lock.replaceAll("hashes = [", hashes));
      const platform = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
      const plugins = join(path, "terraform.d", "plugins", STRANGER, "1.0.0", platform);
      mkdirSync(plugins, { recursive: true });
      const plugin = join(plugins, "terraform-provider-x");
      appendFileSync(plugin, `#!/bin/sh\ntouch "${path}/it-ran"\n`, { mode: 0o755 });
      const resource = { mode: "managed", type: "x_thing", name: "x", provider: `provider["${STRANGER}"]` };
      const instances = [{ schema_version: 0, attributes: {} }];
      const state = { version: 4, serial: 1, lineage: "one", resources: [{ ...resource, instances }] };
      writeFileSync(join(path, "terraform.tfstate"), JSON.stringify(state));
      const json = { resource: { terraform_data: { x: {} } } };
      writeFileSync(join(path, "cdk.tf.json"), JSON.stringify(json));
      await expect(planStack(folderAt(path, json), { silent: true })).rejects.toThrow(REFUSED);
      expect(existsSync(join(path, "it-ran"))).toBe(false);
      expect(existsSync(join(path, LOCK_FILE))).toBe(false);
    },
    60_000,
  );
});
