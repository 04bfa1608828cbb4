import type { SettingsInput } from "../schema";

/** Cheap: two zones, one NAT gateway, small spot nodes, one Redis node, one pod of most controllers. */
export const dev: SettingsInput = {
  tier: "development",
  region: "us-east-1",
  zones: ["us-east-1a", "us-east-1b"],
  domain: { host: "dev.chat.example.com" },
  tls: { issuer: "selfsigned" },
  access: {
    // Examples: put your own in environments/dev.local.json, which git ignores.
    admins: ["arn:aws:iam::111122223333:role/wbot-admin"],
    publicCidrs: ["203.0.113.0/24"],
  },
  network: { nat: "single", flowLogRetentionDays: 7 },
  cluster: { version: "1.36", logs: ["audit", "authenticator"], logRetentionDays: 7 },
  nodes: {
    // One for Traefik, whose streams a spot interruption would cut; more if there is no spot capacity.
    onDemand: { instanceTypes: ["t4g.medium"], min: 1, max: 2 },
    spot: { instanceTypes: ["t4g.medium", "c7g.large", "c6g.large", "c6gd.large"], min: 1, max: 4 },
  },
  redis: {
    kind: "elasticache",
    version: "8.0",
    nodeType: "cache.t4g.micro",
    replicas: 0,
    snapshotRetentionDays: 0,
  },
  platform: { replicas: 1, traefikReplicas: 1, traefikMemory: "256Mi", capacity: "any" },
  registry: { namespace: "dev" },
  ai: { replicas: { max: 4 }, capacity: "any" },
  web: { replicas: { max: 4 }, capacity: "prefer-spot" },
  supabase: { url: "https://example.supabase.co" },
  streaming: { drain: "60s" },
};
