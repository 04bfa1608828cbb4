import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../environments";
import { synthesize } from "../stacks/synthesize";
import type { StackName } from "./stack-names";

interface Item {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
  readonly [argument: string]: unknown;
}
type Section = Readonly<Record<string, Readonly<Record<string, Item>>>>;

/** A stack as Terraform reads it. */
export interface StackJson {
  readonly resource?: Section;
  readonly data?: Section;
  readonly provider?: unknown;
  /** Settings of the backend by its type, such as "s3". */
  readonly terraform?: { readonly backend?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

/** One resource of a stack. */
export interface Resource {
  readonly type: string;
  /** Terraform's, such as "aws_vpc.network_vpc_0123ABCD". */
  readonly address: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A stack's resources, one by one. */
export function resourcesOf({ resource = {} }: StackJson): Resource[] {
  return Object.entries(resource).flatMap(([type, items]) =>
    Object.entries(items).map(([id, body]) => ({
      type,
      address: `${type}.${id}`,
      body,
    })),
  );
}

/** The stack that lies in a folder where Terraform runs. */
export function stackJsonIn(folder: string): StackJson {
  return JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as StackJson;
}

/** Synthesizes an environment into a temporary folder, which is gone afterwards. */
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
