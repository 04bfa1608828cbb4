import { join } from "node:path";
import { CommandError } from "../cli/exit-codes";
import { privateFolder } from "../cli/private-folder";
import { eventOf, refuseFailed } from "./events";
import { kindOf, type PlanJson, type ResourceChange } from "./plan-json";
import { terraform } from "./program";
import { refuseRewritten, type StackFolder } from "./stack-folder";

export type Action = "create" | "update" | "replace" | "delete";

/** One resource that a plan would change. */
export interface Change {
  readonly address: string;
  /** Terraform's type; of a custom resource its kind. */
  readonly type: string;
  /** Construct path, such as "load-balancer/nlb". */
  readonly name: string;
  readonly action: Action;
  /** Arguments that differ, for an update or a replacement; never their values. */
  readonly differing: readonly string[];
}

export interface Plan {
  readonly folder: StackFolder;
  readonly changes: readonly Change[];
  /** The whole plan, with its secrets. */
  readonly json: PlanJson;
  /** Where it is saved, apart from the plans of all other runs. */
  readonly file: string;
  /** Deletes the saved plan, which holds secrets. */
  readonly discard: () => void;
}

export interface PlanOptions {
  /** Plans the stack's end. @default false */
  readonly destroy?: boolean;
  /** Keeps others from changing the state meanwhile, which needs the right to write. @default true */
  readonly lock?: boolean;
}

/** Plans a stack and keeps the plan, so that what is applied is what was shown. */
export async function plan(
  folder: StackFolder,
  { destroy = false, lock = true }: PlanOptions = {},
): Promise<Plan> {
  const { path, remove: discard } = privateFolder();
  const file = join(path, `${folder.stack}.plan`);
  try {
    const ran = await terraform(folder, [
      "plan",
      "-json",
      "-input=false",
      `-out=${file}`,
      ...(destroy ? ["-destroy"] : []),
      ...(lock ? [] : ["-lock=false"]),
    ]);
    // First, since errors may come from it.
    refuseRewritten(folder);
    refuseFailed(folder, "Planning", ran);
    const json = await shownJson(folder, file);
    return { folder, changes: changesOf(folder, json), json, file, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Applies a saved plan; `say` hears what is going on. */
export async function apply({ folder, changes, file }: Plan, say: (line: string) => void): Promise<void> {
  const planned = new Set(changes.map(({ address }) => address));
  const running = new Map<string, number>();
  const done = new Set<string>();
  const ran = await terraform(folder, ["apply", "-json", "-input=false", file], (line) => {
    const event = eventOf(line);
    const address = event?.hook?.resource?.addr;
    // Data sources have events too.
    if (event === undefined || address === undefined || !planned.has(address)) return;
    if (event.type === "apply_start") running.set(address, Date.now());
    else if (event.type === "apply_complete" || event.type === "apply_errored") {
      running.delete(address);
      done.add(address);
    } else if (event.type !== "apply_progress") return;
    const [oldest] = [...running].sort(([, a], [, b]) => a - b);
    say(`${done.size} of ${changes.length}${oldest ? `: ${folder.nameOf(oldest[0])}` : ""}`);
  });
  refuseFailed(folder, "Applying", ran);
}

async function shownJson(folder: StackFolder, file: string): Promise<PlanJson> {
  const { code, stdout, stderr } = await terraform(folder, ["show", "-json", file]);
  if (code !== 0) throw new CommandError(`The plan of ${folder.stack} can't be read: ${stderr.trim()}`);
  return JSON.parse(stdout) as PlanJson;
}

function changesOf(folder: StackFolder, { resource_changes: changes = [] }: PlanJson): Change[] {
  return changes
    .filter(({ mode }) => mode === "managed")
    .flatMap((resource) => {
      const { address, change } = resource;
      const action = actionOf(change.actions);
      if (action === undefined) return [];
      return [
        {
          address,
          type: kindOf(resource),
          name: folder.nameOf(address),
          action,
          differing: action === "create" || action === "delete" ? [] : differing(change),
        },
      ];
    });
}

function actionOf(actions: readonly string[]): Action | undefined {
  if (actions.length === 2) return "replace";
  return (["create", "update", "delete"] as const).find((action) => action === actions[0]);
}

export function differing(change: ResourceChange["change"]): string[] {
  const [before, after, unknown] = [change.before, change.after, change.after_unknown].map(
    (each) => (each ?? {}) as Record<string, unknown>,
  );
  const keys = new Set([before, after, unknown].flatMap((each) => Object.keys(each ?? {})));
  const same = (key: string) =>
    unknown?.[key] !== true && JSON.stringify(before?.[key]) === JSON.stringify(after?.[key]);
  return [...keys].filter((key) => !same(key)).sort();
}
