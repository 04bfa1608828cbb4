import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../cli/exit-codes";
import { cleanUpOnExit } from "../cli/interrupt";
import { eventOf, refuseFailed } from "./events";
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
  /** Deletes the saved plan, which holds secrets. */
  readonly discard: () => void;
}

const FILE = "wbot.plan";

/** Plans a stack and keeps the plan, so that what is applied is what was shown. */
export async function plan(
  folder: StackFolder,
  { destroy = false }: { readonly destroy?: boolean } = {},
): Promise<Plan> {
  const file = join(folder.path, FILE);
  const remove = () => {
    rmSync(file, { force: true });
  };
  const forget = cleanUpOnExit(remove);
  const ran = await terraform(folder, [
    "plan",
    "-json",
    "-input=false",
    `-out=${FILE}`,
    ...(destroy ? ["-destroy"] : []),
  ]);
  refuseFailed(folder, "Planning", ran);
  if (existsSync(file)) chmodSync(file, 0o600);
  return {
    folder,
    changes: await changesOf(folder),
    discard: () => {
      remove();
      forget();
    },
  };
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

interface PlanJson {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly mode: string;
    readonly type: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before: unknown;
      readonly after: unknown;
      readonly after_unknown: unknown;
    };
  }[];
}

async function changesOf(folder: StackFolder): Promise<Change[]> {
  const { code, stdout, stderr } = await terraform(folder, ["show", "-json", FILE]);
  if (code !== 0) throw new CommandError(`The plan of ${folder.stack} can't be read: ${stderr.trim()}`);
  const { resource_changes: changes = [] } = JSON.parse(stdout) as PlanJson;
  return changes
    .filter(({ mode }) => mode === "managed")
    .flatMap(({ address, type, change }) => {
      const action = actionOf(change.actions);
      if (action === undefined) return [];
      return [
        {
          address,
          type: kindOf(type, change.after ?? change.before),
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

function kindOf(type: string, body: unknown): string {
  if (type !== "kubernetes_manifest") return type;
  const { manifest } = (body ?? {}) as { manifest?: { kind?: string } };
  return manifest?.kind ?? type;
}

function differing(change: {
  readonly before: unknown;
  readonly after: unknown;
  readonly after_unknown: unknown;
}): string[] {
  const [before, after, unknown] = [change.before, change.after, change.after_unknown].map(
    (each) => (each ?? {}) as Record<string, unknown>,
  );
  const keys = new Set([before, after, unknown].flatMap((each) => Object.keys(each ?? {})));
  const same = (key: string) =>
    unknown?.[key] !== true && JSON.stringify(before?.[key]) === JSON.stringify(after?.[key]);
  return [...keys].filter((key) => !same(key)).sort();
}
