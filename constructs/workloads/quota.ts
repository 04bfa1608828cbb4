import { cpuQuantity, mebibytes, memoryQuantity, milliCpu } from "../../environments/quantity";
import { podsInRollout } from "../../environments/requests";
import type { WorkloadSettings } from "../../environments/schema";

/** Requests and limits of one or more pods: CPU in millicores, memory in MiB. */
export interface Amounts {
  readonly cpuRequest: number;
  readonly cpuLimit: number;
  readonly memoryRequest: number;
  readonly memoryLimit: number;
}

export function amountsOf({
  cpu,
  memory,
}: Pick<WorkloadSettings, "cpu"> & {
  readonly memory: Omit<WorkloadSettings["memory"], "tmp">;
}): Amounts {
  return {
    cpuRequest: milliCpu(cpu.request),
    cpuLimit: milliCpu(cpu.limit),
    memoryRequest: mebibytes(memory.request),
    memoryLimit: mebibytes(memory.limit),
  };
}

/** As a container's `resources`. */
export function resourcesOf(amounts: Amounts) {
  return {
    requests: { cpu: cpuQuantity(amounts.cpuRequest), memory: memoryQuantity(amounts.memoryRequest) },
    limits: { cpu: cpuQuantity(amounts.cpuLimit), memory: memoryQuantity(amounts.memoryLimit) },
  };
}

export interface Demand {
  readonly pods: number;
  readonly each: Amounts;
}

/** A workload's peak: a rollout at maximum scale. Draining pods count against a quota until they are gone. */
export function demandOf({ replicas, cpu, memory }: WorkloadSettings): Demand {
  return {
    pods: podsInRollout(replicas.max),
    each: amountsOf({ cpu, memory }),
  };
}

export interface Total extends Amounts {
  readonly pods: number;
}

export function total(demands: readonly Demand[]): Total {
  const sum = (amount: (demand: Demand) => number) =>
    demands.reduce((all, demand) => all + amount(demand), 0);
  return {
    pods: sum(({ pods }) => pods),
    cpuRequest: sum(({ pods, each }) => pods * each.cpuRequest),
    cpuLimit: sum(({ pods, each }) => pods * each.cpuLimit),
    memoryRequest: sum(({ pods, each }) => pods * each.memoryRequest),
    memoryLimit: sum(({ pods, each }) => pods * each.memoryLimit),
  };
}
