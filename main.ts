import "./commands/fast-start";
import { guard } from "./commands/guard";
import { run } from "./commands/run";
import { putLocks } from "./commands/terraform/lock";
import { currentEnvironment, outputFolder } from "./environments";
import { synthesize } from "./stacks/synthesize";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
run(() => {
  const environment = currentEnvironment();
  guard(environment);
  synthesize(environment, outputFolder());
  putLocks(environment, outputFolder());
  return 0;
});
