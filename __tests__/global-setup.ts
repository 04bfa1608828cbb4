import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environments, loadEnvironment } from "../environments";
import { synthesize } from "../stacks/synthesize";

/** Synthesizes every shipped environment, without anybody's local overrides, before the first test. */
export default function setup(): void {
  const folder = mkdtempSync(join(tmpdir(), "wbot-synth-"));
  for (const name of Object.keys(environments)) synthesize(loadEnvironment(name), join(folder, name));
  process.env["WBOT_TEST_SYNTH"] = folder;
}
