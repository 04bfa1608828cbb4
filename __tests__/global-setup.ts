import { fork } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Starts the process that synthesizes for all test files; see synth-server.ts. */
export default function setup(): void {
  const folder = mkdtempSync(join(tmpdir(), "wbot-synth-"));
  process.env["WBOT_TEST_SYNTH"] = folder;
  globalThis.synthServer = fork(join(__dirname, "synth-server.ts"), [folder], {
    execArgv: ["--require", "tsx/cjs"],
  });
}
