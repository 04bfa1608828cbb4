import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../environments";
import { synthesize } from "../stacks/synthesize";
import type { StackName } from "./stack-names";

interface Item {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
}
type Section = Readonly<Record<string, Readonly<Record<string, Item>>>>;

/** A stack as Terraform reads it. */
export interface StackJson {
  readonly resource?: Section;
  readonly data?: Section;
  readonly provider?: unknown;
}

/** Synthesizes an environment into a temporary folder, which is gone afterwards. */
export function withSynthesized<T>(
  environment: Environment,
  use: (stacks: Record<StackName, StackJson>, folder: string) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), "wbot-"));
  try {
    synthesize(environment, folder);
    const read = (stack: StackName) =>
      JSON.parse(
        readFileSync(join(folder, environment.name, "stacks", stack, "cdk.tf.json"), "utf8"),
      ) as StackJson;
    return use({ infra: read("infra"), app: read("app") }, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
