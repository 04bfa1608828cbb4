import "./commands/fast-start";
import { guard } from "./commands/guard";
import { run } from "./commands/run";
import { currentEnvironment, outputFolder } from "./environments";
import { synthesize } from "./stacks/synthesize";

/** What cdktf runs: writes both stacks of the environment that WBOT_ENV names. */
run(() => {
  const environment = currentEnvironment();
  guard(environment);
  synthesize(environment, outputFolder());
  return 0;
});
