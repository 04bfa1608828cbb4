/**
 * Kubernetes quantities of CPU and memory, written the way the API server returns them ("2", not "2000m"): otherwise
 * every plan would show a change.
 */

export const MILLI_CPU = /^([1-9]\d*)(m?)$/;
export const MEBIBYTES = /^([1-9]\d*)(Mi|Gi)$/;

/** Millicores of "500m" or "2". */
export function milliCpu(quantity: string): number {
  const [, amount = "0", unit = ""] = MILLI_CPU.exec(quantity) ?? [];
  return Number(amount) * (unit === "m" ? 1 : 1000);
}

/** MiB of "512Mi" or "2Gi". */
export function mebibytes(quantity: string): number {
  const [, amount = "0", unit = ""] = MEBIBYTES.exec(quantity) ?? [];
  return Number(amount) * (unit === "Gi" ? 1024 : 1);
}

/** @param milli millicores */
export function cpuQuantity(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}

/** @param mebi MiB */
export function memoryQuantity(mebi: number): string {
  return mebi % 1024 === 0 ? `${mebi / 1024}Gi` : `${mebi}Mi`;
}

/** CPU in millicores and memory in MiB, of one or more pods or nodes. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

export function amountOf({ cpu, memory }: { readonly cpu: string; readonly memory: string }): Amount {
  return { cpu: milliCpu(cpu), memory: mebibytes(memory) };
}

/** As Kubernetes writes it. */
export function quantities({ cpu, memory }: Amount) {
  return { cpu: cpuQuantity(cpu), memory: memoryQuantity(memory) };
}

export function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce((a, b) => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory }), {
    cpu: 0,
    memory: 0,
  });
}

export function times({ cpu, memory }: Amount, n: number): Amount {
  return { cpu: cpu * n, memory: memory * n };
}

export function minus(a: Amount, b: Amount): Amount {
  return { cpu: a.cpu - b.cpu, memory: a.memory - b.memory };
}

/** A duration as Kubernetes and Traefik write it: "90s", "5m" or "1h". */
export const DURATION = /^[1-9]\d{0,4}[smh]$/;

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Seconds of a duration that matches DURATION. */
export function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * SECONDS[duration.slice(-1) as keyof typeof SECONDS];
}
