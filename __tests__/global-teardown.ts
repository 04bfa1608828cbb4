import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";

declare global {
  var synthServer: ChildProcess | undefined;
}

export default function teardown(): void {
  globalThis.synthServer?.kill();
  const folder = process.env["WBOT_TEST_SYNTH"];
  if (folder) rmSync(folder, { recursive: true, force: true });
}
