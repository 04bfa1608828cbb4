import { CoreV1Api } from "@kubernetes/client-node";
import { cpuQuantity, memoryQuantity } from "../../environments/quantity";
import { CommandError } from "../cli/exit-codes";
import { unlessGone } from "../cli/kubernetes";
import type { Session } from "../session/session";
import type { PlanJson } from "../terraform/plan-json";
import { plannedRollouts, type PlannedRollout, type Quantities } from "../terraform/planned-rollouts";

interface Quota {
  readonly metadata: readonly [{ readonly name: string; readonly namespace: string }];
  readonly spec: readonly [{ readonly hard: Quantities }];
}

/**
 * Refuses a plan that lowers a quota, which takes effect before the rollout, to less than its old and new pods need: an old
 * pod keeps its room until it is gone, and the rollout would wait for that in silence.
 */
export async function refuseLoweredQuota(session: Session, plan: PlanJson): Promise<void> {
  const updated = (plan.resource_changes ?? []).filter(
    ({ type, change }) => type === "kubernetes_resource_quota_v1" && change.actions.join() === "update",
  );
  const config = updated.length === 0 ? undefined : await session.kubernetes();
  const core = config?.makeApiClient(CoreV1Api);
  if (core === undefined) return;
  const rollouts = plannedRollouts(plan);
  for (const { change } of updated) {
    const [before, after] = [change.before as Quota, change.after as Quota];
    const [{ name, namespace }] = after.metadata;
    const quota = await unlessGone(core.readNamespacedResourceQuota({ namespace, name }));
    const used = quota?.status?.used ?? {};
    const missing = Object.entries(after.spec[0].hard).flatMap(([what, hard]) => {
      const needs = rollouts.reduce((sum, rollout) => sum + needOf(rollout, what), 0);
      const isLowered = amount(hard) < amount(before.spec[0].hard[what]);
      return isLowered && needs > 0 && amount(used[what]) + needs > amount(hard)
        ? [
            `  ${what}: ${hard}, but ${used[what] ?? "0"} is used, and the new pods need ${shown(needs, what)}`,
          ]
        : [];
    });
    if (missing.length > 0) throw new CommandError(text(session, missing));
  }
}

function text({ environment }: Session, missing: readonly string[]): string {
  return `Nothing in app was deployed to ${environment.name}: it would lower the namespace's quota, which follows from replicas.max, cpu and memory, to less than the rollout needs while old pods finish:\n\n${missing.join("\n")}\n\nDeploy it while fewer pods run, or in two deploys: a smaller reduction first. A lower replicas.max is best deployed by itself, without other changes to its service.`;
}

/** What the new pods of a rollout add to the use of a quota's resource, such as "pods" or "limits.memory". */
function needOf({ replicas, resources }: PlannedRollout, what: string): number {
  if (what === "pods") return replicas * amount("1");
  const [kind = "", resource = ""] = what.split(".");
  if (kind !== "requests" && kind !== "limits") return 0;
  return replicas * resources.reduce((sum, each) => sum + amount(each[kind]?.[resource]), 0);
}

/** In thousandths. */
const UNITS: Readonly<Record<string, number>> = {
  m: 1,
  "": 1e3,
  k: 1e6,
  M: 1e9,
  G: 1e12,
  Ki: 1e3 * 2 ** 10,
  Mi: 1e3 * 2 ** 20,
  Gi: 1e3 * 2 ** 30,
  Ti: 1e3 * 2 ** 40,
};

/** Thousandths of cores, bytes or pods, of any quantity that Kubernetes writes. */
function amount(quantity = "0"): number {
  const [, number = "0", unit = ""] = /^([\d.]+)(\w*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit] ?? 0);
}

function shown(thousandths: number, what: string): string {
  if (what.endsWith(".cpu")) return cpuQuantity(thousandths);
  return what.endsWith(".memory")
    ? memoryQuantity(thousandths / (UNITS["Mi"] ?? 1))
    : String(thousandths / 1000);
}
