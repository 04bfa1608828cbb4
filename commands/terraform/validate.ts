import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { StackName } from "../../stacks/stack-names";
import { terraformProgram } from "./program";

/** A stack synthesized into a folder. */
export interface SynthesizedStack {
  readonly environment: string;
  readonly stack: StackName;
  /** Folder of its cdk.tf.json. */
  readonly path: string;
}

/** Something Terraform finds invalid in a stack. */
export interface Invalid {
  readonly environment: string;
  readonly stack: StackName;
  /** Address of the resource, such as "aws_vpc.network_vpc_0123ABCD". @default - not in a resource */
  readonly address?: string | undefined;
  /** Terraform's own words. */
  readonly problem: string;
}

export interface Validation {
  readonly invalid: readonly Invalid[];
  /** Why nothing was validated, such as "terraform is not on the PATH". */
  readonly missing?: string;
}

export interface ValidateOptions {
  /** Longest wait for the providers (milliseconds). @default - none */
  readonly initMs?: number;
  readonly say?: (line: string) => void;
}

/**
 * Runs `terraform validate`, which checks stacks against their providers' schemas: it needs Terraform and the providers,
 * but neither state nor credentials. All stacks are below `root`, a folder used for nothing else.
 */
export async function validate(
  root: string,
  stacks: readonly SynthesizedStack[],
  { initMs = 0, say = () => undefined }: ValidateOptions = {},
): Promise<Validation> {
  if (!(await run(["version"], root)).ok)
    return { invalid: [], missing: `${terraformProgram()} is not on the PATH` };
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
 * A configuration with every stack as a module: nearly all of the time goes into reading the AWS provider's schemas, and
 * this way they are read once.
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
  for (const { path } of stacks) withoutImports(join(path, "cdk.tf.json"));
}

/** Terraform refuses import blocks in modules, before it looks for providers. So these are not validated. */
function withoutImports(file: string): void {
  if (!existsSync(file)) return;
  const { import: imports, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  if (imports !== undefined) writeFileSync(file, JSON.stringify(rest));
}

/** Validates a stack by itself, as it is deployed: what is invalid in a module may be valid in a stack. */
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

/** As printed by `terraform validate -json`. */
interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly range?: { readonly filename: string };
  /** `context`: for example, "resource.aws_vpc.network_vpc_0123ABCD". */
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

/** A diagnostic without a file may concern any of them. */
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
  /** Whether it timed out. */
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
