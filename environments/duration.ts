/** A duration as Kubernetes and Traefik write it: "90s", "5m" or "1h". */
export const DURATION = /^[1-9]\d{0,4}[smh]$/;

const SECONDS = { s: 1, m: 60, h: 3600 } as const;

/** Seconds of a duration that matches DURATION. */
export function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * SECONDS[duration.slice(-1) as keyof typeof SECONDS];
}
