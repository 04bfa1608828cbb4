import { join } from "node:path";
import { outputFolder, type Environment } from "../environments";

/** The stacks in deployment order. */
export const STACKS = ["infra", "app"] as const;
export type StackName = (typeof STACKS)[number];

/** Those that a command line names, in that order; both if it names none. */
export function namedStacks(names: readonly StackName[]): readonly StackName[] {
  return STACKS.filter((stack) => names.length === 0 || names.includes(stack));
}

/** The stack that an administrator applies before them; only `npx wbot bootstrap` synthesizes it. */
export const BOOTSTRAP = "bootstrap";
/** Every stack: whatever has a folder to run Terraform in, and a lock file. */
export const EVERY_STACK = [...STACKS, BOOTSTRAP] as const;
export type AnyStackName = (typeof EVERY_STACK)[number];

/** Where Terraform runs for a stack. */
export function stackPath({ name }: Environment, stack: StackName, outdir = outputFolder()): string {
  return join(outdir, name, "stacks", stack);
}
