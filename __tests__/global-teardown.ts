import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";

declare global {
  var synthServer: ChildProcess | undefined;
  var testFolder: string;
}

export default function teardown(): void {
  // Not by a signal: on its exit it keeps V8's code cache for the next run.
  globalThis.synthServer?.disconnect();
  globalThis.synthServer?.unref();
  rmSync(globalThis.testFolder, { recursive: true, force: true, maxRetries: 3 });
  // In watch mode, there is another run.
  Reflect.deleteProperty(process.env, "TMPDIR");
}
