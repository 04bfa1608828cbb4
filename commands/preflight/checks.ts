import type { Check } from "./check";

/** The checks by name, in the order they are reported; each is only loaded when it runs. */
export const CHECKS: Readonly<Record<string, () => Promise<Check>>> = {
  tools: async () => (await import("./checks/tools")).tools,
  credentials: async () => (await import("./checks/credentials")).credentials,
  examples: async () => (await import("./checks/example-values")).exampleValues,
  access: async () => (await import("./checks/access")).access,
  zones: async () => (await import("./checks/zones")).zones,
  network: async () => (await import("./checks/network")).network,
  instances: async () => (await import("./checks/instances")).instances,
  leftovers: async () => (await import("./checks/leftovers")).leftovers,
  quotas: async () => (await import("./checks/quotas")).quotas,
  volumes: async () => (await import("./checks/volumes")).volumes,
  ci: async () => (await import("./checks/ci")).ci,
  budget: async () => (await import("./checks/budget")).budget,
  kubernetes: async () => (await import("./checks/kubernetes")).kubernetes,
  "add-ons": async () => (await import("./checks/add-ons")).addOns,
  nodes: async () => (await import("./checks/nodes")).nodes,
  domain: async () => (await import("./checks/domain")).domain,
  alarms: async () => (await import("./checks/alarms")).alarms,
  state: async () => (await import("./checks/state")).state,
  secrets: async () => (await import("./checks/secrets")).secrets,
  database: async () => (await import("./checks/database")).database,
  images: async () => (await import("./checks/images")).images,
  charts: async () => (await import("./checks/charts")).charts,
};

/** Those about what only infra changes: where only app is deployed, what they find is no reason to stop. */
export const OF_INFRA = "zones network instances quotas ci kubernetes add-ons".split(" ");

/** Those that run without credentials. */
export const WITHOUT_CREDENTIALS = "tools credentials examples charts".split(" ");
