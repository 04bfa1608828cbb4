import { spawnSync } from "node:child_process";
import { emulator } from "../commands/cli/aws";

/** The emulator that AWS_ENDPOINT_URL names, if it is on this machine and answers. */
const url = answering(emulator());

/** Tests that need a real AWS API: skipped, and said to be, where no emulator answers. Names must be of their own. */
export const withEmulator: (name: string, tests: () => void) => void =
  url === undefined ? describe.skip : describe;

/** Asked in a process of its own, since whether a test is skipped must be known at once. */
function answering(candidate: string | undefined): string | undefined {
  if (candidate === undefined) return undefined;
  const asked = spawnSync(
    process.execPath,
    ["-e", "fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))", candidate],
    { timeout: 5_000 },
  );
  return asked.status === 0 ? candidate : undefined;
}
