import { callingCommand } from "./commands/calling-command";
import { guard } from "./commands/guard";
import { run } from "./commands/run";
import { acceptSameState } from "./commands/terraform/backend";
import { putLocks } from "./commands/terraform/lock";
import { noteWritten } from "./commands/terraform/written";
import { refuseUnreadOptions } from "./commands/unread-options";
import { currentEnvironment, outputFolder } from "./environments";
import { synthesize } from "./stacks/synthesize";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
run(() => {
  const command = callingCommand();
  refuseUnreadOptions(command);
  const environment = currentEnvironment();
  guard(environment, command);
  synthesize(environment, outputFolder(), { checks: command?.name !== "destroy" });
  noteWritten(environment, outputFolder());
  putLocks(environment, outputFolder());
  acceptSameState(environment, outputFolder());
  return 0;
});
