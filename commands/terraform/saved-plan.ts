import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { privateFolder } from "../cli/private-folder";
import { eventOf, refuseFailed, type Event } from "./events";
import type { PlanJson } from "./plan-json";
import { printedJson, terraform, terraformOutput } from "./program";
import { refuseRewritten, type StackFolder } from "./stack-folder";

/** A plan file written by Terraform. */
export interface SavedPlan {
  readonly folder: StackFolder;
  /** The whole plan, secrets included. */
  readonly json: PlanJson;
  /** Where it is saved, secrets included: in a private folder of its own, until it is applied or the program ends. */
  readonly file: string;
}

export interface PlanOptions {
  /** Plans to destroy the stack. @default false */
  readonly destroy?: boolean;
  /** Reads what the state names and what data sources look up; without it, the state is taken as it is. @default true */
  readonly refresh?: boolean;
  /** Locks the state while planning, which needs write access. @default true */
  readonly lock?: boolean;
}

/** For runs that barely overlap. */
const LOCK_TIMEOUT = "-lock-timeout=10s";

/** Plans a stack and saves the plan, so that exactly what was shown is applied. */
export async function savePlan(
  folder: StackFolder,
  { destroy = false, refresh = true, lock = true }: PlanOptions = {},
): Promise<SavedPlan> {
  const file = join(privateFolder().path, `${folder.stack}.plan`);
  const ran = await terraform(folder, [
    "plan",
    "-json",
    "-input=false",
    `-out=${file}`,
    ...(destroy ? ["-destroy"] : []),
    ...(refresh ? [] : ["-refresh=false"]),
    lock ? LOCK_TIMEOUT : "-lock=false",
  ]);
  // First, since it may be the cause of errors.
  refuseRewritten(folder);
  refuseFailed(folder, "Planning", ran);
  const failure = `The plan of ${folder.stack} can't be read`;
  const shown = await terraformOutput(folder, ["show", "-json", file], failure);
  return { folder, json: printedJson(shown, "show -json", failure) as PlanJson, file };
}

/** Applies a saved plan, until `stop` if it is given, and deletes it. */
export async function applySaved(
  { folder, file }: SavedPlan,
  onEvent: (event: Event) => void,
  stop?: AbortSignal,
): Promise<void> {
  const onLine = (line: string) => {
    const event = eventOf(line);
    if (event !== undefined) onEvent(event);
  };
  try {
    const ran = await terraform(folder, ["apply", "-json", "-input=false", LOCK_TIMEOUT, file], onLine, stop);
    refuseFailed(folder, "Applying", ran);
  } finally {
    rmSync(dirname(file), { recursive: true, force: true });
  }
}
