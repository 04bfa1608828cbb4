import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { EnvironmentError } from "../../environments";
import { stackJsonIn } from "../../stacks/stack-json";
import { NotStarted, terraform, type Ran } from "./program";

/** Something Terraform finds invalid in a stack. */
export interface Invalid<Stack> {
  readonly stack: Stack;
  /** Address of the resource, such as "aws_vpc.network_vpc_0123ABCD". @default - not in a resource */
  readonly address?: string | undefined;
  /** Terraform's own words. */
  readonly problem: string;
}

interface ValidateOptions {
  /** Longest wait for the providers (milliseconds). @default 600000 */
  readonly initMs?: number;
  readonly say?: (line: string) => void;
}

/**
 * Runs `terraform validate`, which checks stacks against their providers' schemas: it needs Terraform and the providers,
 * but neither state nor credentials. All stacks are below `root`, a folder used for nothing else.
 *
 * @param stacks `path`: the folder of a stack's cdk.tf.json
 * @returns `missing`: why nothing was validated
 */
export async function validate<Stack extends { readonly path: string }>(
  root: string,
  stacks: readonly Stack[],
  { initMs = 600_000, say = () => undefined }: ValidateOptions = {},
): Promise<{ readonly invalid: readonly Invalid<Stack>[]; readonly missing?: string }> {
  say("installing the providers");
  writeRoot(root, stacks);
  const missing = await initTrouble(root, initMs);
  if (missing !== undefined) return { invalid: [], missing };
  say("validating");
  const found = errorsIn(await terraform({ path: root }, ["validate", "-json"]));
  const invalid = stacks.flatMap((stack) =>
    found
      .filter((error) => isBelow(error, relative(root, stack.path)))
      .map((error) => ({ stack, ...reported(error) })),
  );
  return { invalid };
}

/** Why the providers could not be had: also where there is no Terraform, or variables would change what it does. */
async function initTrouble(root: string, ms: number): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(ms);
  try {
    const args = ["init", "-backend=false", "-input=false", "-no-color"];
    const { code, stdout, stderr } = await terraform({ path: root }, args, undefined, timeout);
    if (code === 0) return undefined;
    const [error = `exit code ${code}`] = /Error: .*/.exec(`${stdout}\n${stderr}`) ?? [];
    return `terraform init could not get the providers ${timeout.aborted ? `within ${ms / 1000} s` : `(${error})`}`;
  } catch (error) {
    if (error instanceof NotStarted) return error.why;
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
}

/**
 * A configuration with every stack as a module: nearly all of the time goes into reading the AWS provider's schemas, and
 * this way they are read once. Terraform refuses import blocks in modules, before it looks for providers: these are left out.
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
  for (const { path } of stacks)
    writeFileSync(join(path, "cdk.tf.json"), JSON.stringify({ ...stackJsonIn(path), import: undefined }));
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
