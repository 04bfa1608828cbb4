import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { EnvironmentError } from "../../environments";
import { CommandError, EXIT } from "../cli/exit-codes";
import { NotStarted, terraform, type Ran } from "./program";

/** Something Terraform finds invalid in a stack. */
export interface Invalid<Stack> {
  readonly stack: Stack;
  /** Address of the resource, such as "aws_vpc.network_vpc_0123ABCD". @default - not in a resource */
  readonly address?: string | undefined;
  /** Terraform's own words. */
  readonly problem: string;
}

export interface Validation<Stack> {
  readonly invalid: readonly Invalid<Stack>[];
  /** Why nothing was validated, such as "terraform init did not get the providers within 30 s". */
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
 *
 * @param stacks `path`: the folder of a stack's cdk.tf.json
 */
export async function validate<Stack extends { readonly path: string }>(
  root: string,
  stacks: readonly Stack[],
  { initMs, say = () => undefined }: ValidateOptions = {},
): Promise<Validation<Stack>> {
  say("installing the providers");
  writeRoot(root, stacks);
  const why = await initTrouble(root, initMs);
  if (why !== undefined) return { invalid: [], missing: why };
  say("validating");
  const found = errorsIn(await terraform({ path: root }, VALIDATE));
  const invalid = stacks.flatMap((stack) =>
    found
      .filter((error) => isBelow(error, relative(root, stack.path)))
      .map((error) => ({ stack, ...reported(error) })),
  );
  return { invalid };
}

const INIT = ["init", "-backend=false", "-input=false", "-no-color"] as const;
const VALIDATE = ["validate", "-json"] as const;

/** Why the providers could not be had: also where there is no Terraform, or variables would change what it does. */
async function initTrouble(root: string, initMs: number | undefined): Promise<string | undefined> {
  const timeout = initMs === undefined ? undefined : AbortSignal.timeout(initMs);
  try {
    const init = await terraform({ path: root }, INIT, undefined, timeout);
    if (init.code === 0) return undefined;
    if (timeout?.aborted === true)
      return `terraform init did not get the providers within ${(initMs ?? 0) / 1000} s`;
    const [error] = /Error: .*/.exec(`${init.stdout}\n${init.stderr}`) ?? [];
    return `terraform init could not get the providers${error === undefined ? "" : ` (${error})`}`;
  } catch (error) {
    if (error instanceof NotStarted) return error.why;
    const isRefused = error instanceof CommandError && error.exitCode !== EXIT.interrupted;
    if (isRefused || error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

/**
 * A configuration with every stack as a module: nearly all of the time goes into reading the AWS provider's schemas, and
 * this way they are read once.
 */
function writeRoot(root: string, stacks: readonly { readonly path: string }[]): void {
  const modules = stacks.map(({ path }) => {
    const folder = relative(root, path);
    return [folder.replaceAll("/", "-"), { source: `./${folder}` }];
  });
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

function reported({ summary, detail, snippet }: Diagnostic): Omit<Invalid<unknown>, "stack"> {
  return {
    address: /^(?:resource\.|(?=data\.))(.+)$/.exec(snippet?.context ?? "")?.[1],
    problem: detail === "" ? summary : detail,
  };
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

function errorsIn({ code, stdout }: Ran): Diagnostic[] {
  if (code === 0) return [];
  try {
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly Diagnostic[] };
    return diagnostics.filter(({ severity }) => severity === "error");
  } catch {
    return [{ severity: "error", summary: stdout.trim(), detail: "" }];
  }
}

/** A diagnostic without a file may concern any of them. */
function isBelow({ range }: Diagnostic, folder: string): boolean {
  return range === undefined || range.filename.startsWith(`${folder}/`);
}
