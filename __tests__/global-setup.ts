import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBundles } from "./bundles";
import { TYPESCRIPT } from "./typescript";

// The SDK would write about next year's Node.js into every test's output.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** Room for what is soon garbage: with V8's own, collecting it takes a tenth of the time. */
const HEAP = "--max-semi-space-size=64";

/** Starts the process that synthesizes for all test files; see synth-server.ts. */
export default function setup(): void {
  makeBundles();
  const folder = mkdtempSync(join(tmpdir(), "wbot-synth-"));
  process.env["WBOT_TEST_SYNTH"] = folder;
  globalThis.synthServer = fork(join(__dirname, "synth-server.ts"), [folder], {
    execArgv: [HEAP, ...TYPESCRIPT],
    cwd: join(__dirname, ".."),
  });
}
