import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";

declare global {
  var synthServer: ChildProcess | undefined;
  var testFolder: string;
}

export default function teardown(): void {
  globalThis.synthServer?.kill();
  rmSync(globalThis.testFolder, { recursive: true, force: true, maxRetries: 3 });
  // In watch mode, there is another run.
  Reflect.deleteProperty(process.env, "TMPDIR");
}
