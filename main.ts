import { currentEnvironment, EnvironmentError, outputFolder } from "./environments";
import { refuseShortfalls } from "./stacks/capacity";
import { cdktfCommand } from "./stacks/cdktf-command";
import { guard } from "./stacks/guard";
import { refuseUnreadOptions } from "./stacks/unread-options";
import { unwritable } from "./stacks/unwritable";
import { writeStacks } from "./stacks/write";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
function main(): void {
  const command = cdktfCommand();
  refuseUnreadOptions(command);
  const environment = currentEnvironment();
  guard(environment, command);
  const checks = command?.name !== "destroy";
  if (checks) refuseShortfalls(environment);
  writeStacks(environment, outputFolder(), { checks });
}

try {
  main();
} catch (thrown) {
  const error = unwritable(thrown) ?? thrown;
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
