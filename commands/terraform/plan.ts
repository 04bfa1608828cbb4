import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../cli/exit-codes";
import { cleanUpOnExit } from "../cli/interrupt";
import { eventOf, refuseFailed } from "./events";
import { kindOf, type PlanJson, type ResourceChange } from "./plan-json";
import { terraform } from "./program";
import type { StackFolder } from "./stack-folder";

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
  /** Deletes the saved plan, which holds secrets. */
  readonly discard: () => void;
}

const FILE = "wbot.plan";

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
  const file = join(folder.path, FILE);
  const remove = () => {
    rmSync(file, { force: true });
  };
  const forget = cleanUpOnExit(remove);
  const discard = () => {
    remove();
    forget();
  };
  try {
    const ran = await terraform(folder, [
      "plan",
      "-json",
      "-input=false",
      `-out=${FILE}`,
      ...(destroy ? ["-destroy"] : []),
      ...(lock ? [] : ["-lock=false"]),
    ]);
    // Terraform saves what it has of a failed plan, too.
    if (existsSync(file)) chmodSync(file, 0o600);
    refuseFailed(folder, "Planning", ran);
    const json = await shownJson(folder);
    return { folder, changes: changesOf(folder, json), json, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Applies a saved plan; `say` hears what is going on. */
export async function apply({ folder, changes }: Plan, say: (line: string) => void): Promise<void> {
  const planned = new Set(changes.map(({ address }) => address));
  const running = new Map<string, number>();
  const done = new Set<string>();
  const ran = await terraform(folder, ["apply", "-json", "-input=false", FILE], (line) => {
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

async function shownJson(folder: StackFolder): Promise<PlanJson> {
  const { code, stdout, stderr } = await terraform(folder, ["show", "-json", FILE]);
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
