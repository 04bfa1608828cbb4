import { rmSync } from "node:fs";

export default function teardown(): void {
  const folder = process.env["WBOT_TEST_SYNTH"];
  if (folder) rmSync(folder, { recursive: true, force: true });
}
