import { spawnSync } from "node:child_process";
import { emulator } from "../environments/emulator";
import { describeWith, type Need } from "./programs";

export const EMULATOR: Need = {
  what: "an AWS emulator on this machine, named by AWS_ENDPOINT_URL",
  isThere: () => answers(emulator()),
};

/** Tests that need a real AWS API. Names must be of their own. */
export function withEmulator(name: string, tests: () => void): void {
  describeWith([EMULATOR], name, tests);
}

/** Asked in a process of its own, since whether a test is skipped must be known at once. */
function answers(url: string | undefined): boolean {
  if (url === undefined) return false;
  const asked = spawnSync(
    process.execPath,
    ["-e", "fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))", url],
    { timeout: 5_000 },
  );
  return asked.status === 0;
}
