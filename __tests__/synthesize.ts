import { cpSync } from "node:fs";
import { join } from "node:path";
import type { StackOptions } from "../constructs/environment-stack";
import type { Environment } from "../environments";
import { answer } from "./synth";

/** Stands for stacks/synthesize.ts in tests: the same, done by the process that synthesizes for all of them. */
export function synthesize(environment: Environment, outdir: string, options?: StackOptions): void {
  const { folder } = answer({ environment, options });
  for (const written of ["manifest.json", environment.name])
    cpSync(join(folder, written), join(outdir, written), { recursive: true });
}
