import type { Overrides } from "../environments";
import { EXISTING } from "./existing-network";
import { NAMED } from "./synth";

const BEHIND = { hostedZoneId: "Z0123456789ABCDEFGHIJ", records: false };
const TAGS = { Team: "chat", "cost center": "R 1/2: é" };

const LOGS = { logs: { kind: "otlp", endpoint: "https://otlp.example.com" } };
const METRICS = {
  metrics: { kind: "remote-write", url: "https://metrics.example.com/api/v1/write", username: "{{1234}}" },
};
/** Logs at a vendor, which are sent with a key. */
export const LOGS_AT_A_VENDOR: Overrides = { observability: LOGS };
/** Metrics kept elsewhere, which are written with a user's name and a password. */
export const METRICS_ELSEWHERE: Overrides = { observability: METRICS };
export const BOTH_ELSEWHERE: Overrides = { observability: { ...LOGS, ...METRICS } };

/** The shipped environments, and others with what these leave out: a name, the environment, what it overrides. */
export const SHAPES: readonly (readonly [string, string, Overrides])[] = [
  ...["dev", "staging", "prod"].map((name) => [name, name, {}] as const),
  ["dev with tags of its owner's", "dev", { tags: TAGS }],
  ["dev with Redis OSS", "dev", { redis: { engine: "redis", version: "7.1" } }],
  ["dev in a network that is there", "dev", { network: { existing: EXISTING, endpoints: ["sts"] } }],
  [
    "prod behind Cloudflare, with all that may connect to the API",
    "prod",
    {
      domain: BEHIND,
      loadBalancer: { allowedCidrs: ["cloudflare"], allowedPrefixLists: ["pl-0123456789abcdef0"] },
      traffic: { trustedProxies: ["cloudflare"] },
      access: { privateCidrs: ["10.1.0.0/16", "10.2.0.0/16"], securityGroups: ["sg-0123456789abcdef0"] },
    },
  ],
  [
    "prod behind CloudFront",
    "prod",
    {
      domain: BEHIND,
      loadBalancer: { allowedPrefixLists: ["cloudfront"] },
      traffic: { trustedProxies: ["cloudfront"] },
    },
  ],
  ["dev with its logs at a vendor", "dev", LOGS_AT_A_VENDOR],
  ["staging with its metrics kept elsewhere", "staging", METRICS_ELSEWHERE],
  ["prod with its logs at a vendor and its metrics kept elsewhere", "prod", BOTH_ELSEWHERE],
];

/** Environments that together have every type that a setting brings: a name, and what it overrides. */
export const WITH_EVERY_TYPE: readonly (readonly [string, Overrides])[] = [
  ["dev", { ...NAMED, redis: { kind: "in-cluster" }, network: { nat: "none" } }],
  ["dev", { network: { existing: EXISTING, endpoints: ["sts"] } }],
  [
    "staging",
    {
      network: { endpoints: ["sts", "ecr.api"] },
      redis: { engine: "redis", version: "7.1" },
      observability: { logs: { kind: "loki" } },
      traffic: { trustedProxies: ["cloudfront"] },
    },
  ],
  [
    "prod",
    {
      account: "111122223333",
      alarms: { emails: ["ops@example.com"] },
      ci: { repository: "example/wbot", runner: "wbot-prod" },
      budget: { monthlyUsd: 500 },
      domain: { hostedZoneId: "Z0000000000EXAMPLE" },
      state: { kind: "s3", bucket: "wbot-state" },
    },
  ],
];
