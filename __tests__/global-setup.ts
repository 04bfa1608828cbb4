import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBundles } from "./bundles";
import { terraformVersion } from "./programs";
import { TYPESCRIPT } from "./typescript";

// The SDK would write about next year's Node.js into every test's output.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
// Terraform would ask on the internet whether there is a newer one.
process.env["CHECKPOINT_DISABLE"] = "1";
// Tests about these set their own. The machine's would have each client of the SDK read all certificate authorities.
for (const name of Object.keys(process.env))
  if (/^(AWS_CA_BUNDLE|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|\w+_PROXY)$/i.test(name))
    Reflect.deleteProperty(process.env, name);

/** Starts the process that synthesizes for all test files; see synth-server.ts. */
export default function setup(): void {
  makeBundles();
  // For Jest's workers, which start with what this process was started with: each function runs a few times in a context
  // that then goes, and optimizing it takes longer than that.
  process.execArgv.push("--no-opt");
  process.env["WBOT_TEST_TERRAFORM"] = terraformVersion();
  // For all temporary folders: a private one looks at what is beside it, and tests needn't delete theirs.
  process.env["TMPDIR"] = globalThis.testFolder = mkdtempSync(join(tmpdir(), "wbot-tests-"));
  const folder = (process.env["WBOT_TEST_SYNTH"] = mkdtempSync(join(tmpdir(), "wbot-synth-")));
  globalThis.synthServer = fork(join(__dirname, "synth-server.ts"), [folder], {
    execArgv: [...TYPESCRIPT],
    cwd: join(__dirname, ".."),
  });
}
