import { synthesize } from "./stacks/synthesize";
import { currentEnvironment, EnvironmentError } from "./environments";

try {
  synthesize(currentEnvironment(), process.env["CDKTF_OUTDIR"] ?? "cdktf.out");
} catch (error) {
  // What a person wrote wrong needs no stack trace of ours.
  if (!(error instanceof EnvironmentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
