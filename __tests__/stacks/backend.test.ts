import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acceptSameState } from "../../stacks/backend";
import { loadEnvironment } from "../../environments";

let outdir: string;
beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), "wbot-backend-"));
});
afterEach(() => {
  rmSync(outdir, { recursive: true });
});

const NOW = { bucket: "wbot-state", key: "wbot/dev/app.tfstate", region: "us-east-1", use_lockfile: true };

/** Whether Terraform still knows, in the folder of `app`, the backend that it was initialized for. */
function keeps(recorded: object, now: object = NOW): boolean {
  const path = join(outdir, "dev/stacks/app");
  const record = join(path, ".terraform/terraform.tfstate");
  mkdirSync(join(path, ".terraform"), { recursive: true });
  writeFileSync(record, JSON.stringify({ version: 3, backend: recorded }));
  writeFileSync(join(path, "cdk.tf.json"), JSON.stringify({ terraform: { backend: { s3: now } } }));
  const state = { kind: "s3", bucket: "wbot-state" };
  acceptSameState(loadEnvironment("dev", { overrides: { state } }), outdir);
  return existsSync(record);
}
/** As Terraform writes it, with null for what isn't set. */
const s3 = (config: object) => ({
  type: "s3",
  config: { ...NOW, encrypt: null, kms_key_id: null, ...config },
});

it("lets a folder continue with the same state, encrypted differently", () => {
  expect(keeps(s3({ encrypt: true }))).toBe(false);
  expect(keeps(s3({}), { ...NOW, encrypt: true, kms_key_id: "alias/state" })).toBe(false);
});

it("changes nothing if the encryption is the same", () => {
  expect(keeps(s3({}))).toBe(true);
});

it.each([
  ["another bucket", s3({ encrypt: true, bucket: "theirs" })],
  ["another environment", s3({ encrypt: true, key: "wbot/prod/app.tfstate" })],
  ["a local file", { type: "local", config: { path: "terraform.dev.app.tfstate" } }],
])("leaves a folder that was initialized for %s to Terraform's error", (_, recorded) => {
  expect(keeps(recorded)).toBe(true);
});

it("lets a folder continue with the same local file, by another path", () => {
  const path = join(outdir, "dev/stacks/app");
  const record = join(path, ".terraform/terraform.tfstate");
  const keepsFile = (recorded: string, now: string): boolean => {
    mkdirSync(join(path, ".terraform"), { recursive: true });
    const backend = { type: "local", config: { path: recorded, workspace_dir: null } };
    writeFileSync(record, JSON.stringify({ version: 3, backend }));
    writeFileSync(
      join(path, "cdk.tf.json"),
      JSON.stringify({ terraform: { backend: { local: { path: now } } } }),
    );
    acceptSameState(loadEnvironment("dev"), outdir);
    return existsSync(record);
  };
  expect(keepsFile(join(outdir, "dev.tfstate"), "../../../dev.tfstate")).toBe(false);
  expect(keepsFile("../../../dev.tfstate", "../../../dev.tfstate")).toBe(true);
  expect(keepsFile(join(outdir, "prod.tfstate"), "../../../dev.tfstate")).toBe(true);
});
