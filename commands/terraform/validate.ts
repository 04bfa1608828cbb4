import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { STACKS, type StackName } from "../stack-names";
import { LOCK_FILE } from "./lock";
import { terraformProgram } from "./program";

/** A stack that was synthesized into a folder. */
export interface SynthesizedStack {
  readonly environment: string;
  readonly stack: StackName;
  /** Where its cdk.tf.json lies. */
  readonly path: string;
}

/** What Terraform found wrong with a stack; nothing if it is valid. */
export interface Validated extends SynthesizedStack {
  readonly errors: string;
}

export interface Validation {
  readonly validated: readonly Validated[];
  /** Why the others were not, if any were not, such as "there is no terraform on the PATH". */
  readonly missing?: string;
}

export interface ValidateOptions {
  /** Longest wait for the providers (milliseconds). @default - none */
  readonly initMs?: number;
  readonly say?: (line: string) => void;
}

/**
 * Terraform's own check of stacks against their providers' schemas: it needs Terraform and the providers, and neither
 * state nor credentials. Providers are the same in all environments, so that they are installed once a stack.
 */
export async function validate(
  stacks: readonly SynthesizedStack[],
  { initMs = 0, say = () => undefined }: ValidateOptions = {},
): Promise<Validation> {
  if (!(await run(["version"], process.cwd())).ok)
    return { validated: [], missing: `there is no ${terraformProgram()} on the PATH` };
  const validated: Validated[] = [];
  for (const name of STACKS) {
    const own = stacks.filter(({ stack }) => stack === name);
    const [first] = own;
    if (first === undefined) continue;
    // In one folder for all of them: an installed provider has hundreds of megabytes.
    const env = { TF_DATA_DIR: join(first.path, ".terraform") };
    say(`providers of ${name}`);
    const init = await run(["init", "-backend=false", "-input=false", "-no-color"], first.path, env, initMs);
    if (!init.ok) return { validated, missing: missing(init, initMs) };
    for (const each of own) {
      say(`${name} of ${each.environment}`);
      if (each !== first) copyFileSync(join(first.path, LOCK_FILE), join(each.path, LOCK_FILE));
      const { ok, output } = await run(["validate", "-no-color"], each.path, env);
      validated.push({ ...each, errors: ok ? "" : output });
    }
  }
  return { validated };
}

function missing({ late, output }: Ran, initMs: number): string {
  if (late) return `terraform init did not get the providers within ${initMs / 1000} s`;
  const [error = ""] = /Error: .*/.exec(output) ?? [];
  return `terraform init could not get the providers${error === "" ? "" : ` (${error})`}`;
}

interface Ran {
  readonly ok: boolean;
  readonly output: string;
  /** Whether it was ended because it took too long. */
  readonly late: boolean;
}

function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}, timeout = 0): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env, TF_IN_AUTOMATION: "1" }, timeout };
    execFile(terraformProgram(), args, options, (error, stdout, stderr) => {
      resolve({ ok: error === null, output: `${stdout}${stderr}`, late: error?.killed ?? false });
    });
  });
}
