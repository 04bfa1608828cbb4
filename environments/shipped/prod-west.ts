import type { Twin } from "../twin";

/** prod's twin, for a drill or for the day that us-east-1 is lost: docs/recovery.md. */
export const prodWest: Twin = {
  of: "prod",
  differences: {
    region: "us-west-2",
    zones: ["us-west-2a", "us-west-2b", "us-west-2c"],
    // prod's until the name is switched.
    domain: { records: false },
    // A drill's Redis holds nothing.
    redis: { kind: "elasticache", finalSnapshot: false },
    // Created by prod: registry: { copies: ["us-west-2"] }.
    registry: { create: false },
  },
};
