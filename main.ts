import { currentEnvironment, EnvironmentError, outputFolder } from "./environments";
import { acceptSameState } from "./stacks/backend";
import { guard } from "./stacks/guard";
import { putLocks } from "./stacks/lock";
import { parentCommand } from "./stacks/parent-command";
import { synthesize } from "./stacks/synthesize";
import { refuseUnreadOptions } from "./stacks/unread-options";
import { noteWritten } from "./stacks/written";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
function main(): void {
  const command = parentCommand();
  refuseUnreadOptions(command);
  const environment = currentEnvironment();
  const outdir = outputFolder();
  guard(environment, command);
  synthesize(environment, outdir, { checks: command?.name !== "destroy" });
  noteWritten(environment, outdir);
  putLocks(environment, outdir);
  acceptSameState(environment, outdir);
}

try {
  main();
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
