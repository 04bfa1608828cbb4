import type { Check } from "./check";

export interface CheckRow {
  /** Loaded only when it runs. */
  readonly load: () => Promise<Check>;
  /** About what infra alone changes: skipped if only app is deployed. @default false */
  readonly infra?: true;
  /** Runs without credentials. @default false */
  readonly offline?: true;
  /** Asks what an emulator makes up or doesn't know: skipped there. @default false */
  readonly real?: true;
}

/** The checks by name, in the order they are reported. */
export const CHECKS: Readonly<Record<string, CheckRow>> = {
  tools: { load: async () => (await import("./checks/tools")).tools, offline: true },
  credentials: { load: async () => (await import("./checks/credentials")).credentials, offline: true },
  examples: { load: async () => (await import("./checks/example-values")).exampleValues, offline: true },
  access: { load: async () => (await import("./checks/access")).access },
  zones: { load: async () => (await import("./checks/zones")).zones, infra: true },
  network: { load: async () => (await import("./checks/network")).network, infra: true, real: true },
  instances: { load: async () => (await import("./checks/instances")).instances, infra: true, real: true },
  leftovers: { load: async () => (await import("./checks/leftovers")).leftovers, infra: true },
  quotas: { load: async () => (await import("./checks/quotas")).quotas, infra: true },
  volumes: { load: async () => (await import("./checks/volumes")).volumes, real: true },
  ci: { load: async () => (await import("./checks/ci")).ci, infra: true },
  budget: { load: async () => (await import("./checks/budget")).budget },
  kubernetes: { load: async () => (await import("./checks/kubernetes")).kubernetes, infra: true },
  "add-ons": { load: async () => (await import("./checks/add-ons")).addOns, infra: true },
  nodes: { load: async () => (await import("./checks/nodes")).nodes, infra: true, real: true },
  domain: { load: async () => (await import("./checks/domain")).domain },
  alarms: { load: async () => (await import("./checks/alarms")).alarms },
  state: { load: async () => (await import("./checks/state")).state },
  secrets: { load: async () => (await import("./checks/secrets")).secrets },
  database: { load: async () => (await import("./checks/database")).database },
  images: { load: async () => (await import("./checks/images")).images },
  charts: { load: async () => (await import("./checks/charts")).charts, infra: true, offline: true },
};
