import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../environments";
import { synthesize } from "../../stacks/synthesize";
import { cleanUpOnExit } from "../cli/interrupt";
import { stackJsonIn, type StackJson } from "../../stacks/stack-json";
import type { StackName } from "../../stacks/stack-names";

/** Provides a temporary folder, deleted afterwards however the program ends. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "wbot-"));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = cleanUpOnExit(remove);
  try {
    return await use(folder);
  } finally {
    remove();
    forget();
  }
}

/** Synthesizes an environment into a temporary folder, deleted afterwards. */
export function withSynthesized<T>(
  environment: Environment,
  use: (stacks: Record<StackName, StackJson>, folder: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), "wbot-"));
  try {
    synthesize(environment, folder);
    const read = (stack: StackName) => stackJsonIn(join(folder, environment.name, "stacks", stack));
    return use({ infra: read("infra"), app: read("app") }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
