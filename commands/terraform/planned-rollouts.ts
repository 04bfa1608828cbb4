import { differing, type PlanJson } from "./plan-json";

/** A Deployment that a plan updates. The provider replaces its whole spec, and with it the number of pods. */
export interface PlannedRollout {
  readonly address: string;
  readonly namespace: string;
  readonly name: string;
  /** The number of pods at the time of the plan, which the update sets again. */
  readonly replicas: number;
}

/** A block, as Terraform writes it. */
type Block<T> = readonly Partial<T>[];

interface Deployment {
  readonly metadata: Block<{ readonly name: string; readonly namespace: string }>;
  readonly spec: Block<{ readonly replicas: string }>;
}

export function plannedRollouts({ resource_changes: changes = [] }: PlanJson): PlannedRollout[] {
  return changes.flatMap(({ address, type, change }) => {
    const isUpdate = type === "kubernetes_deployment_v1" && change.actions.join() === "update";
    if (!isUpdate || !differing(change).includes("spec")) return [];
    const { metadata, spec } = change.after as Partial<Deployment>;
    const { name = "", namespace = "" } = metadata?.[0] ?? {};
    return [{ address, namespace, name, replicas: Number(spec?.[0]?.replicas) }];
  });
}
