import type { SettingsInput } from "../schema";

/** Survives the loss of a zone: three zones, a NAT gateway in each, Redis with failover. Protected from destroy. */
export const prod: SettingsInput = {
  tier: "production",
  region: "us-east-1",
  zones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  protection: true,
  domain: { host: "chat.example.com" },
  tls: { issuer: "letsencrypt" },
  alarms: { emails: ["ops@example.com"] },
  access: {
    // Examples: put your own here, or in environments/prod.local.json, which git ignores.
    admins: ["arn:aws:iam::111122223333:role/wbot-admin"],
    publicCidrs: ["203.0.113.0/24"],
  },
  network: { nat: "per-zone", flowLogRetentionDays: 365 },
  cluster: { version: "1.36", logRetentionDays: 365 },
  nodes: {
    // Two, for when AWS has no more of one in a zone.
    onDemand: { instanceTypes: ["m7g.large", "m6g.large"], min: 3, max: 15 },
    spot: { instanceTypes: ["m7g.large", "m6g.large", "m7gd.large", "m6gd.large"], min: 0, max: 6 },
  },
  redis: {
    kind: "elasticache",
    version: "8.0",
    nodeType: "cache.t4g.small",
    replicas: 1,
    snapshotRetentionDays: 14,
    finalSnapshot: true,
    logRetentionDays: 365,
  },
  platform: { replicas: 2, traefikReplicas: 3 },
  observability: {
    metrics: { kind: "in-cluster", replicas: 2, retentionDays: 15, volumeGiB: 30 },
    logs: { kind: "cloudwatch", retentionDays: 30 },
  },
  supabase: { url: "https://example.supabase.co" },
  web: { capacity: "prefer-spot" },
};
