import { step } from "../cli/progress";
import { planWithOrphans } from "../leftovers/orphans";
import { pushUnwritten, refuseUnwritten } from "../leftovers/unwritten-state";
import type { Session } from "../session/session";
import type { Event } from "../terraform/events";
import { applySaved, savePlan, type PlanOptions, type SavedPlan } from "../terraform/saved-plan";
import { init } from "../terraform/program";
import type { StackFolder } from "../terraform/stack-folder";
import type { PlannedChanges } from "./change";
import { plannedChanges } from "./changes";
import { summary } from "./summary";

/** A saved plan and what it does. */
export interface Plan extends SavedPlan, PlannedChanges {}

/** Plans a stack that is initialized. */
export async function plan(folder: StackFolder, options: PlanOptions = {}): Promise<Plan> {
  const saved = await savePlan(folder, options);
  return { ...saved, ...plannedChanges(folder, saved.json) };
}

interface PlanStackOptions extends PlanOptions {
  /** Adopts what is in this session's cluster, but not in the state. @default - what exists is created again, and fails */
  readonly adopt?: Session;
  /** Shows no progress. @default false */
  readonly silent?: boolean;
}

/** Initializes a stack and plans it, with progress. */
export async function planStack(
  folder: StackFolder,
  { adopt, silent = false, ...options }: PlanStackOptions = {},
): Promise<Plan> {
  const done = (planned: Plan) => `Planned ${folder.stack}: ${summary(planned)}`;
  return step({ title: `Planning ${folder.stack}`, done, silent }, async (say) => {
    say("terraform init");
    await init(folder);
    if (options.lock !== false) await pushUnwritten(folder);
    else refuseUnwritten(folder);
    say("terraform plan");
    const work = () => plan(folder, options);
    return adopt === undefined ? work() : planWithOrphans(adopt, folder, work);
  });
}

/** Whether there is anything to apply, even if only to the state. Not every version of Terraform says so itself. */
export function isApplicable({ json, changes, outputs }: Plan): boolean {
  return json.applyable ?? changes.length + outputs.length > 0;
}

/** Follows an apply, and may end it early. */
export interface Watch {
  /** Interrupts Terraform: it starts nothing more, and writes its state. */
  readonly stop: AbortSignal;
  /** Called with what is being changed, by address, whenever that changes. */
  readonly changing: (addresses: readonly string[]) => void;
  /** What it waits for, if that has trouble. */
  readonly trouble: string | undefined;
}

/** Applies a saved plan and reports how many of its operations are done: a replacement has two. */
export async function apply(saved: Plan, say: (line: string) => void, watch?: Watch): Promise<void> {
  const { folder, changes } = saved;
  // Those that only change the state have no events.
  const operations = changes.filter(({ action }) => !["move", "forget", "import"].includes(action));
  const total = operations.length + operations.filter(({ action }) => action === "replace").length;
  let done = 0;
  const running = new Map<string, number>();
  const onEvent = ({ type, hook }: Event) => {
    const address = hook?.resource?.addr;
    // Data sources emit events too.
    if (address === undefined || address.startsWith("data.")) return;
    if (type === "apply_start") running.set(address, Date.now());
    else if (type === "apply_complete" || type === "apply_errored") {
      running.delete(address);
      done += 1;
    } else if (type !== "apply_progress") return;
    watch?.changing([...running.keys()]);
    const [oldest] = [...running].sort(([, a], [, b]) => a - b);
    const waitsFor = watch?.trouble ?? (oldest && folder.nameOf(oldest[0]));
    say(`${done} of ${total}${waitsFor === undefined ? "" : `: ${waitsFor}`}`);
  };
  await applySaved(saved, onEvent, watch?.stop);
}
