import type { SettingsInput } from "../schema";

/** Production's shape at a smaller size: what breaks there breaks here first. */
export const staging: SettingsInput = {
  tier: "staging",
  region: "us-east-1",
  zones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  domain: { host: "staging.chat.example.com" },
  tls: { issuer: "letsencrypt-staging" },
  alarms: { emails: ["ops@example.com"] },
  access: {
    // Examples: put your own here, or in environments/staging.local.json, which git ignores.
    admins: ["arn:aws:iam::111122223333:role/wbot-admin"],
    publicCidrs: ["203.0.113.0/24"],
  },
  network: { nat: "single" },
  cluster: { version: "1.36", logRetentionDays: 30 },
  nodes: {
    onDemand: { instanceTypes: ["t4g.large"], min: 2, max: 15 },
    spot: { instanceTypes: ["t4g.large", "m7g.large", "m6g.large", "m6gd.large"], min: 1, max: 4 },
  },
  redis: { kind: "elasticache", version: "8.0", nodeType: "cache.t4g.micro", replicas: 1 },
  registry: { namespace: "staging" },
  observability: {
    metrics: { kind: "in-cluster", retentionDays: 3 },
    logs: { kind: "cloudwatch", retentionDays: 7 },
  },
  web: { capacity: "prefer-spot" },
  supabase: { url: "https://example.supabase.co" },
};
