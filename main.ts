import { synthesize } from "./stacks/synthesize";
import { currentEnvironment, EnvironmentError, outputFolder } from "./environments";

try {
  synthesize(currentEnvironment(), outputFolder());
} catch (error) {
  // What a person wrote wrong needs no stack trace of ours.
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
