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

/** A duration as Kubernetes and Traefik write it: "90s", "5m" or "1h". */
export const DURATION = /^[1-9]\d{0,4}[smh]$/;

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Seconds of a duration that matches DURATION. */
export function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * SECONDS[duration.slice(-1) as keyof typeof SECONDS];
}
