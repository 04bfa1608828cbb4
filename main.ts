import { currentEnvironment, EnvironmentError, outputFolder } from "./environments";
import { acceptSameState } from "./stacks/backend";
import { guard } from "./stacks/guard";
import { parentCommand } from "./stacks/parent-command";
import { refuseUnreadOptions } from "./stacks/unread-options";
import { writeStacks } from "./stacks/write";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
function main(): void {
  const command = parentCommand();
  refuseUnreadOptions(command);
  const environment = currentEnvironment();
  const outdir = outputFolder();
  guard(environment, command);
  writeStacks(environment, outdir, { checks: command?.name !== "destroy" });
  acceptSameState(environment, outdir);
}

try {
  main();
} catch (error) {
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
