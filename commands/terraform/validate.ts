import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { StackName } from "../../stacks/stack-names";
import { terraformProgram } from "./program";

/** A stack that was synthesized into a folder. */
export interface SynthesizedStack {
  readonly environment: string;
  readonly stack: StackName;
  /** Where its cdk.tf.json lies. */
  readonly path: string;
}

/** Something that Terraform finds wrong with a stack. */
export interface Invalid {
  readonly environment: string;
  readonly stack: StackName;
  /** Address of the resource, such as "aws_vpc.network_vpc_0123ABCD". @default - it is in none */
  readonly address?: string | undefined;
  /** Terraform's own words. */
  readonly problem: string;
}

export interface Validation {
  readonly invalid: readonly Invalid[];
  /** Why nothing was validated, such as "there is no terraform on the PATH". */
  readonly missing?: string;
}

export interface ValidateOptions {
  /** Longest wait for the providers (milliseconds). @default - none */
  readonly initMs?: number;
  readonly say?: (line: string) => void;
}

/**
 * Terraform's own check of stacks against their providers' schemas: it needs Terraform and the providers, and neither
 * state nor credentials. All stacks lie below `root`, a folder of nobody else's.
 */
export async function validate(
  root: string,
  stacks: readonly SynthesizedStack[],
  { initMs = 0, say = () => undefined }: ValidateOptions = {},
): Promise<Validation> {
  if (!(await run(["version"], root)).ok)
    return { invalid: [], missing: `there is no ${terraformProgram()} on the PATH` };
  say("installing the providers");
  writeRoot(root, stacks);
  const init = await run([...INIT], root, initMs);
  if (!init.ok) return { invalid: [], missing: missing(init, initMs) };
  say("validating");
  const found = errorsIn(await run(VALIDATE, root));
  const suspects = stacks.filter(({ path }) => found.some((error) => isBelow(error, relative(root, path))));
  const invalid: Invalid[] = [];
  for (const stack of suspects) {
    say(`validating ${stack.stack} of ${stack.environment}`);
    invalid.push(...(await validateAlone(stack, join(root, ".terraform", "providers"))));
  }
  return { invalid };
}

const INIT = ["init", "-backend=false", "-input=false", "-no-color"] as const;
const VALIDATE = ["validate", "-json"] as const;

/**
 * A configuration that has every stack as a module: reading the schemas of the AWS provider takes Terraform nearly all
 * of the time, and this way it reads them once.
 */
function writeRoot(root: string, stacks: readonly SynthesizedStack[]): void {
  const modules = stacks.map(({ environment, stack, path }) => [
    `${environment}-${stack}`,
    { source: `./${relative(root, path)}` },
  ]);
  writeFileSync(
    join(root, "main.tf.json"),
    JSON.stringify({ module: Object.fromEntries(modules) as object }),
  );
}

/** By itself, as it is deployed: what Terraform minds in a module it may not mind in a stack. */
async function validateAlone(
  { environment, stack, path }: SynthesizedStack,
  providers: string,
): Promise<Invalid[]> {
  const init = await run([...INIT, `-plugin-dir=${providers}`], path);
  if (!init.ok) return [{ environment, stack, problem: init.output.trim() }];
  return errorsIn(await run(VALIDATE, path)).map(({ summary, detail, snippet }) => ({
    environment,
    stack,
    address: /^(?:resource\.|(?=data\.))(.+)$/.exec(snippet?.context ?? "")?.[1],
    problem: detail === "" ? summary : detail,
  }));
}

/** As `terraform validate -json` has it. */
interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly range?: { readonly filename: string };
  /** `context` is such as "resource.aws_vpc.network_vpc_0123ABCD". */
  readonly snippet?: { readonly context?: string | null };
}

function errorsIn({ ok, output }: Ran): Diagnostic[] {
  if (ok) return [];
  try {
    const { diagnostics } = JSON.parse(output) as { readonly diagnostics: readonly Diagnostic[] };
    return diagnostics.filter(({ severity }) => severity === "error");
  } catch {
    return [{ severity: "error", summary: output.trim(), detail: "" }];
  }
}

/** What is said of no file may be wrong in any. */
function isBelow({ range }: Diagnostic, folder: string): boolean {
  return range === undefined || range.filename.startsWith(`${folder}/`);
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

function run(args: readonly string[], cwd: string, timeout = 0): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, TF_IN_AUTOMATION: "1", TF_DATA_DIR: ".terraform" };
    const options = { cwd, env, timeout, maxBuffer: 64 * 1024 * 1024 };
    execFile(terraformProgram(), args, options, (error, stdout, stderr) => {
      const output = args.includes("-json") ? stdout : `${stdout}${stderr}`;
      resolve({ ok: error === null, output, late: error?.killed ?? false });
    });
  });
}
