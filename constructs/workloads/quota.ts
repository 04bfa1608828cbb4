import { amountOf, quantities, sum, times, type Amount } from "../../environments/quantity";
import { podsInRollout } from "../../environments/requests";
import type { WorkloadSettings } from "../../environments/schema";

type Sizes = Pick<WorkloadSettings, "cpu"> & { readonly memory: Omit<WorkloadSettings["memory"], "tmp"> };

/** Pods, and the requests and limits of each. */
export interface Demand {
  readonly pods: number;
  readonly requests: Amount;
  readonly limits: Amount;
}

/** A pod's requests and limits. */
export function amountsOf({ cpu, memory }: Sizes): Omit<Demand, "pods"> {
  return {
    requests: amountOf({ cpu: cpu.request, memory: memory.request }),
    limits: amountOf({ cpu: cpu.limit, memory: memory.limit }),
  };
}

/** As a container's `resources`. */
export function resourcesOf(sizes: Sizes) {
  const { requests, limits } = amountsOf(sizes);
  return { requests: quantities(requests), limits: quantities(limits) };
}

/** A workload's peak: a rollout at maximum scale. Draining pods count against a quota until they are gone. */
export function demandOf({ replicas, ...sizes }: WorkloadSettings): Demand {
  return { pods: podsInRollout(replicas.max), ...amountsOf(sizes) };
}

/** All pods, and what they request and may use together. */
export function total(demands: readonly Demand[]): Demand {
  return {
    pods: demands.reduce((all, { pods }) => all + pods, 0),
    requests: sum(demands.map(({ pods, requests }) => times(requests, pods))),
    limits: sum(demands.map(({ pods, limits }) => times(limits, pods))),
  };
}
