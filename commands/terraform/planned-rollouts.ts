import { differing, type PlanJson } from "./plan-json";

/** A Deployment that a plan updates. The provider replaces its whole spec, and with it the number of pods. */
export interface PlannedRollout {
  readonly address: string;
  readonly namespace: string;
  readonly name: string;
  /** The number of pods at the time of the plan, which the update sets again. */
  readonly replicas: number;
  /** Of each container of a pod. */
  readonly resources: readonly Resources[];
}

interface Resources {
  readonly requests?: Quantities;
  readonly limits?: Quantities;
}

/** By resource, as Kubernetes writes them: cpu: "500m". */
export type Quantities = Readonly<Record<string, string>>;

/** A block, as Terraform writes it. */
type Block<T> = readonly Partial<T>[];

interface Deployment {
  readonly metadata: Block<{ readonly name: string; readonly namespace: string }>;
  readonly spec: Block<{
    readonly replicas: string;
    readonly template: Block<{
      readonly spec: Block<{ readonly container: Block<{ readonly resources: Block<Resources> }> }>;
    }>;
  }>;
}

export function plannedRollouts({ resource_changes: changes = [] }: PlanJson): PlannedRollout[] {
  return changes.flatMap(({ address, type, change }) => {
    const isUpdate = type === "kubernetes_deployment_v1" && change.actions.join() === "update";
    if (!isUpdate || !differing(change).includes("spec")) return [];
    const { metadata, spec } = change.after as Partial<Deployment>;
    const { name = "", namespace = "" } = metadata?.[0] ?? {};
    const { replicas, template } = spec?.[0] ?? {};
    const containers = template?.[0]?.spec?.[0]?.container ?? [];
    const resources = containers.map((each) => each.resources?.[0] ?? {});
    return [{ address, namespace, name, replicas: Number(replicas), resources }];
  });
}
