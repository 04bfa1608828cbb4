import { environments, loadEnvironment } from "../../environments";
import { capacityOf } from "../../stacks/capacity";

/** What dev.ts, staging.ts and prod.ts promise, as shipped. */

it.each(Object.keys(environments))(
  "takes the spot nodes of %s from several types, of which one is free",
  (name) => {
    expect(new Set(loadEnvironment(name).nodes.spot.instanceTypes).size).toBeGreaterThanOrEqual(4);
  },
);

it.each(Object.keys(environments))("gives %s room for all pods that its tier requires", (name) => {
  const { outcomes, shortfalls } = capacityOf(loadEnvironment(name));
  expect(shortfalls).toEqual([]);
  expect(outcomes.filter(({ scenario: { required }, fits }) => required && !fits)).toEqual([]);
});

it.each(["dev", "staging", "prod", "prod-west"])(
  "names the versions of %s, so that an upgrade of another one is none of its own",
  (name) => {
    const { cluster, redis } = environments[name] ?? {};
    expect(cluster).toHaveProperty("version");
    expect(redis).toHaveProperty("version");
  },
);

describe("dev", () => {
  const { network, nodes, redis, platform, protection } = loadEnvironment("dev");

  it("is cheap: at most one NAT gateway, one on-demand node, one pod of each controller", () => {
    expect(network.nat).not.toBe("per-zone");
    expect(nodes.onDemand.min).toBe(1);
    expect(nodes.spot.min).toBeGreaterThan(0);
    expect(platform).toMatchObject({ replicas: 1, traefikReplicas: 1 });
  });

  it("has one Redis node, and nothing that outlives a destroy", () => {
    expect(redis).toMatchObject({ kind: "elasticache", replicas: 0, finalSnapshot: false });
    expect(protection).toBe(false);
  });
});

describe("prod", () => {
  const { zones, network, nodes, redis, ai, web, platform, protection } = loadEnvironment("prod");

  it("survives the loss of a zone", () => {
    expect(zones).toHaveLength(3);
    expect(network.nat).toBe("per-zone");
    expect(nodes.onDemand.min).toBeGreaterThanOrEqual(zones.length);
    expect(redis).toMatchObject({ kind: "elasticache", replicas: 1 });
    for (const { replicas } of [ai, web]) expect(replicas.min).toBeGreaterThanOrEqual(2);
    expect(platform).toMatchObject({ replicas: 2, traefikReplicas: 3 });
  });

  it("keeps the backend and the controllers off spot nodes", () => {
    expect([ai.capacity, platform.capacity]).toEqual(["on-demand", "on-demand"]);
  });

  it("refuses a destroy, and keeps the cache's data", () => {
    expect(protection).toBe(true);
    expect(redis).toMatchObject({ snapshotRetentionDays: 14, finalSnapshot: true });
  });
});

it("has staging in production's shape: three zones, Redis with failover, both node groups", () => {
  const { zones, redis, nodes } = loadEnvironment("staging");
  expect(zones).toHaveLength(3);
  expect(redis).toMatchObject({ kind: "elasticache", replicas: 1 });
  expect([nodes.onDemand.min, nodes.spot.min].every((min) => min > 0)).toBe(true);
});
