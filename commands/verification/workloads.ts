import type { Environment } from "../../environments";
import { REDIS } from "../../environments/names";
import { SERVICE_KEYS, SERVICES } from "../../environments/services";

export interface Workload {
  readonly kind: "Deployment" | "StatefulSet";
  readonly name: string;
}

/** What `app` rolls out: each service, and Redis if it is in the cluster. */
export function workloadsOf({ redis }: Pick<Environment, "redis">): readonly Workload[] {
  return [
    ...SERVICE_KEYS.map((key) => ({ kind: "Deployment", name: SERVICES[key].name }) as const),
    ...(redis.kind === "in-cluster" ? [{ kind: "StatefulSet", name: REDIS } as const] : []),
  ];
}
