import { demandOf, total } from "../../constructs/workloads/quota";
import { changedEnvironment, loadEnvironment, type Overrides } from "../../environments";
import { capacityOf, refuseShortfalls, uncheckedCapacity, type Capacity } from "../../stacks/capacity";
import { settings } from "../../environments/schema";
import { SERVICE_KEYS } from "../../environments/services";
import { EXISTING } from "../existing-network";

jest.mock("../../environments/services", () => jest.requireActual("../two-services"));

/** So few a pod that the database has enough of them for any number here, and only the nodes are too small. */
const FEW_CONNECTIONS = { database: { poolSize: 1 } };

const MANY_CONNECTIONS = { database: { connections: 10_000, poolSize: 1 } };

/** Most of these tests are about the product: what observability adds has tests of its own. */
const UNOBSERVED = { observability: { metrics: { kind: "none" }, logs: { kind: "none" } } };

const ROLLOUT = "at the maximum, while a release rolls out";

/** An environment's capacity, whether it fits or not. */
const of = (name: string, overrides: Overrides = {}) =>
  capacityOf(loadEnvironment(name, { overrides: { ...UNOBSERVED, ...overrides } }));
const scenario = ({ outcomes }: Capacity, name: string) => {
  const found = outcomes.find((each) => each.scenario.name === name);
  if (!found) throw new Error(`no scenario "${name}"`);
  return found;
};
const pods = ({ unplaced }: Capacity["outcomes"][number]) =>
  unplaced.map(({ part, pods: count }) => [part.name, count]);

describe("what pods request", () => {
  it("adds up workloads, controllers and add-ons at the minimum", () => {
    // 1000 + 200 of workloads, 285 of controllers, 360 of add-ons; 1024 + 512, 1408, 580.
    expect(scenario(of("dev"), "at the minimum").asked).toEqual({ cpu: 1845, memory: 3524 });
  });

  it("adds up ten pods of each workload at the maximum, and ten new ones during a rollout", () => {
    // 20 × 600; three of Traefik, two of each other controller, two of each add-on.
    expect(scenario(of("prod"), ROLLOUT).asked).toEqual({
      cpu: 20 * 600 + 300 + 2 * 160 + 2 * 260,
      memory: 20 * 768 + 3 * 512 + 2 * 1024 + 2 * 510,
    });
  });

  it("includes as much memory of each Traefik pod as is set", () => {
    const asked = (traefikMemory: string) =>
      scenario(of("prod", { platform: { traefikMemory } }), "at the minimum").asked.memory;
    expect(asked("1Gi") - asked("512Mi")).toBe(3 * 512);
  });

  it("is, for workloads in a rollout, what the quota allows", () => {
    const prod = loadEnvironment("prod");
    const capacity = of("prod");
    const others = capacity.parts.filter(({ rolls }) => !rolls);
    expect(scenario(capacity, ROLLOUT).asked.cpu).toBe(
      total(SERVICE_KEYS.map((key) => demandOf(prod[key]))).requests.cpu +
        others.reduce((cpu, { each, max }) => cpu + max * each.cpu, 0),
    );
  });

  it("counts Alloy, one pod, where logs are sent somewhere, and Loki where they stay in the cluster", () => {
    const counted = (kind: string) =>
      of("staging", { observability: { logs: { kind } } })
        .parts.filter(({ name }) => ["alloy", "loki"].includes(name))
        .map(({ name, min, max }) => [name, min, max]);
    expect(counted("none")).toEqual([]);
    expect(counted("cloudwatch")).toEqual([["alloy", 1, 1]]);
    expect(counted("loki")).toEqual([
      ["loki", 1, 1],
      ["alloy", 1, 1],
    ]);
  });

  it("counts what an environment's metrics need, which only a Prometheus with a volume needs on-demand nodes for", () => {
    const monitoring = (name: string, metrics: object) =>
      of(name, { observability: { metrics } }).parts.flatMap(({ name: part, min, onDemandOnly }) =>
        ["prometheus", "alertmanager", "config-reloader", "grafana"].includes(part)
          ? [[part, min, onDemandOnly]]
          : [],
      );
    expect(monitoring("prod", { kind: "none" })).toEqual([]);
    const inCluster = { kind: "in-cluster", replicas: 2, volumeGiB: 30 };
    expect(monitoring("prod", inCluster)).toEqual([
      ["prometheus", 2, true],
      ["alertmanager", 2, false],
      ["config-reloader", 4, false],
      ["grafana", 1, false],
    ]);
    const elsewhere = { kind: "remote-write", url: "https://metrics.example.com/api/v1/write" };
    expect(monitoring("dev", elsewhere)).toEqual([
      ["prometheus", 1, false],
      ["alertmanager", 1, false],
      ["config-reloader", 2, false],
    ]);
  });

  it("counts Redis only if it is in the cluster", () => {
    const names = (capacity: Capacity) => capacity.parts.map(({ name }) => name);
    expect(names(of("dev"))).not.toContain("wbot-redis");
    expect(of("dev", { redis: { kind: "in-cluster" } }).parts).toContainEqual(
      expect.objectContaining({
        name: "wbot-redis",
        min: 1,
        max: 1,
        rolls: false,
        each: { cpu: 100, memory: 128 },
      }),
    );
  });

  it("may need on-demand nodes: always for Traefik, for others as configured", () => {
    const onDemand = (capacity: Capacity) =>
      capacity.parts.flatMap(({ name, onDemandOnly }) => (onDemandOnly ? [name] : []));
    expect(onDemand(of("dev"))).toEqual(["traefik"]);
    expect(onDemand(of("prod"))).toEqual(
      expect.arrayContaining(["wbot-ai", "traefik", "cert-manager", "cluster-autoscaler"]),
    );
    for (const name of ["wbot-web", "coredns"]) expect(onDemand(of("prod"))).not.toContain(name);
  });
});

describe("what nodes have", () => {
  it("is what EKS and the daemons leave: 190m and 150Mi less on each", () => {
    expect(of("dev").groups[0]).toMatchObject({
      allocatable: { cpu: 1930, memory: 2223 },
      room: { cpu: 1740, memory: 2073 },
    });
  });

  it("is counted per node: a pod can't be split over two", () => {
    // 1750 a node hold one pod of 1000 each, old or new, though 14 nodes have 24 cores in all.
    const ai = { cpu: { request: "1" }, replicas: { max: 8 } };
    const full = scenario(of("prod", { ai }), "at the maximum, after losing an on-demand node");
    expect(full.asked.cpu).toBeLessThan(full.room.cpu);
    expect(pods(full)).toEqual(expect.arrayContaining([["wbot-ai", 2]]));
  });
});

describe("the spread over hosts", () => {
  it("keeps new pods off nodes with room while others are full of old ones: each needs its own node", () => {
    // Old pods fill the first nodes; then each added node gets one new pod, even if it has room for two.
    const full = scenario(of("prod", { nodes: { onDemand: { max: 10 } } }), ROLLOUT);
    expect(full.room.cpu - full.asked.cpu).toBeGreaterThan(10_000);
    expect(full.unplaced).toEqual([
      {
        part: expect.objectContaining({ name: "wbot-ai" }),
        pods: expect.any(Number),
        by: "the spread over hosts",
      },
    ]);
  });

  it("restricts nothing if all nodes have the same number", () => {
    // Two on the one node that is left: none is behind it.
    expect(scenario(of("staging"), "at the minimum, after losing an on-demand node").fits).toBe(true);
  });

  it("applies to what this project places, not to EKS's add-ons", () => {
    const free = of("prod").parts.filter(({ spreads }) => !spreads);
    expect(free.map(({ name }) => name)).toEqual(["coredns", "metrics-server", "ebs-csi-controller"]);
  });
});

describe("a lost node", () => {
  it("is one less of its group", () => {
    const capacity = of("staging");
    expect(scenario(capacity, "at the minimum, after losing an on-demand node").nodes).toEqual({
      onDemand: 1,
      spot: 1,
    });
    expect(scenario(capacity, "at the maximum, after losing a spot node").nodes).toEqual({
      onDemand: 15,
      spot: 3,
    });
  });

  it("may wait for the autoscaler in development, as may a rollout at the minimum", () => {
    const { outcomes } = of("dev");
    expect(outcomes.filter((each) => each.scenario.required).map((each) => each.scenario.name)).toEqual([
      "at the minimum",
      ROLLOUT,
    ]);
    expect(of("staging").outcomes.every((each) => each.scenario.required)).toBe(true);
  });

  it("is never the only on-demand one, which nothing could replace", () => {
    const names = of("staging", { nodes: { onDemand: { min: 1 } } }).outcomes.map(
      (each) => each.scenario.name,
    );
    expect(names).not.toContain("at the minimum, after losing an on-demand node");
    expect(names).toContain("at the maximum, after losing an on-demand node");
  });
});

describe("an AWS without spot nodes", () => {
  const MOSTLY_SPOT: Overrides = {
    ai: { capacity: "any" },
    streaming: { drain: "90s" },
    nodes: { onDemand: { min: 2, max: 3 }, spot: { max: 20 } },
  };

  it("leaves everything room on on-demand nodes, though not for a rollout as well", () => {
    const without = scenario(of("staging"), "at the maximum, without spot nodes");
    expect(without).toMatchObject({
      nodes: { onDemand: 15, spot: 0 },
      scenario: { rollout: false, required: true },
      fits: true,
    });
  });

  it("is refused to a staging whose pods need its spot nodes, even if it can lose one of them", () => {
    const { outcomes, shortfalls } = of("staging", MOSTLY_SPOT);
    expect(outcomes.filter(({ fits }) => !fits).map((each) => each.scenario.name)).toEqual([
      "at the maximum, without spot nodes",
    ]);
    expect(shortfalls).toEqual([
      {
        path: "nodes.onDemand.max",
        allowed: expect.stringMatching(/^\d+ or more: at the maximum, without spot nodes, pods request /),
      },
    ]);
  });

  it("says which minimum a larger maximum goes with", () => {
    const nodes = { onDemand: { min: 1, max: 6 }, spot: { min: 0 } };
    expect(of("staging", { nodes }).shortfalls).toEqual([
      { path: "nodes.onDemand.min", allowed: expect.stringMatching(/^3 or more: at the minimum, /) },
      {
        path: "nodes.onDemand.max",
        allowed: expect.stringMatching(/^14 or more: with nodes\.onDemand\.min: 3, at the maximum, /),
      },
    ]);
  });

  it("may keep development waiting", () => {
    const dev = of("dev");
    expect(scenario(dev, "at the maximum, without spot nodes").fits).toBe(false);
    expect(dev.shortfalls).toEqual([]);
  });
});

/** How a message explains a shortfall. */
const why = (
  scenario: string,
  requested: string,
  nodes: string,
  room: string,
  missing: string,
  unplaced: string,
) =>
  `${scenario}, pods request ${requested}; ${nodes} have room for ${room}, and pods requesting ${missing} don't fit: ${unplaced}`;

/** Environment, overrides, the line that says what is too small, and by how much. */
const CASES: [string, string, Overrides, string][] = [
  [
    "development whose minimum is too small",
    "dev",
    { ai: { replicas: { min: 4 } } },
    "nodes.onDemand.min is 1: it must be 3 or more: " +
      why(
        "at the minimum",
        "2.85 CPU and 4.4 GiB",
        "1 on-demand and 1 spot nodes",
        "3.48 CPU and 4.0 GiB",
        "0.09 CPU and 0.4 GiB",
        "aws-load-balancer-controller (2), reloader (1), cert-manager-webhook (1)",
      ) +
      "\n  - nodes.onDemand.max is 2: it must be 3 or more, like nodes.onDemand.min",
  ],
  [
    "development whose maximum is too small",
    "dev",
    { ai: { replicas: { max: 40 } }, ...FEW_CONNECTIONS },
    "nodes.onDemand.max is 2: it must be 50 or more: " +
      why(
        ROLLOUT,
        "41.45 CPU and 43.9 GiB",
        "2 on-demand and 4 spot nodes",
        "10.44 CPU and 12.1 GiB",
        "31.4 CPU and 32.0 GiB",
        "wbot-ai (62), wbot-web (4)",
      ),
  ],
  [
    "staging that can't lose a node at its minimum",
    "staging",
    { nodes: { spot: { min: 0 } } },
    "nodes.onDemand.min is 2: it must be 3 or more: " +
      why(
        "at the minimum, after losing an on-demand node",
        "2.24 CPU and 5.5 GiB",
        "1 on-demand and 0 spot nodes",
        "1.74 CPU and 5.7 GiB",
        "0.52 CPU and 1.0 GiB",
        "coredns (2), metrics-server (2), ebs-csi-controller (2)",
      ),
  ],
  [
    "production that can't lose a node at its maximum, though it fits with all",
    "prod",
    { nodes: { onDemand: { max: 13 } } },
    "nodes.onDemand.max is 13: it must be 14 or more: " +
      why(
        "at the maximum, after losing an on-demand node",
        "13.14 CPU and 19.5 GiB",
        "12 on-demand and 6 spot nodes",
        "31.32 CPU and 103.0 GiB",
        "0.5 CPU and 0.5 GiB",
        "wbot-ai (1, due to the spread over hosts)",
      ),
  ],
  [
    "staging whose old and new pods don't fit together",
    "staging",
    { nodes: { onDemand: { max: 6 } } },
    "nodes.onDemand.max is 6: it must be 14 or more: " +
      why(
        "at the maximum, after losing an on-demand node",
        "13.04 CPU and 19.0 GiB",
        "5 on-demand and 4 spot nodes",
        "15.66 CPU and 51.5 GiB",
        "4.4 CPU and 5.0 GiB",
        "wbot-ai (8, due to the spread over hosts), wbot-web (4, due to the spread over hosts)",
      ),
  ],
  [
    "so many pods that no number of nodes lets new ones spread",
    "prod",
    { nodes: { onDemand: { max: 100 } }, ai: { replicas: { max: 100 } }, ...FEW_CONNECTIONS },
    'nodes.onDemand.instanceTypes is ["m7g.large","m6g.large"]: it must be larger types, or fewer or smaller pods: ' +
      why(
        ROLLOUT,
        "103.14 CPU and 109.5 GiB",
        "100 on-demand and 6 spot nodes",
        "184.44 CPU and 606.8 GiB",
        "17 CPU and 17.0 GiB",
        "wbot-ai (34, due to the spread over hosts)",
      ),
  ],
  [
    "a pod that is larger than a node, however many there are",
    "dev",
    { ai: { cpu: { request: "2" } } },
    'nodes.onDemand.instanceTypes is ["t4g.medium"]: it must be larger types: one pod of wbot-ai requests 2 CPU and 0.5 GiB, and a node has room for 1.74 CPU and 2.0 GiB',
  ],
];

it.each(CASES)("refuses %s, and says by how much", (_, name, overrides, line) => {
  expect(() => {
    refuseShortfalls(loadEnvironment(name, { overrides: { ...UNOBSERVED, ...overrides } }));
  }).toThrow(
    new Error(
      `The pods of the environment "${name}" don't fit on its nodes:\n  - ${line}\nFor details: npx wbot capacity --env ${name}`,
    ),
  );
});

describe("a number of nodes that is advised", () => {
  const advised = (cidr: string, max: number) => {
    const overrides = { ...UNOBSERVED, network: { cidr }, ai: { replicas: { max } }, ...MANY_CONNECTIONS };
    const environment = loadEnvironment("prod", { overrides });
    return { environment, shortfalls: capacityOf(environment).shortfalls };
  };

  it.each([
    ["10.0.0.0/20", 25],
    ["10.0.0.0/19", 40],
    ["10.0.0.0/16", 60],
  ])("is one that the subnets of %s have room for, with up to %d pods", (cidr, max) => {
    const { environment, shortfalls } = advised(cidr, max);
    expect(shortfalls.map(({ path }) => path)).toEqual(["nodes.onDemand.max"]);
    const [{ allowed } = { allowed: "" }] = shortfalls;
    const onDemand = { max: Number.parseInt(allowed, 10) };
    expect(capacityOf(changedEnvironment(environment, { nodes: { onDemand } })).shortfalls).toEqual([]);
  });

  it.each([30, 60])("is none if they don't have the room, for up to %d pods", (max) => {
    expect(advised("10.0.0.0/20", max).shortfalls).toEqual([
      {
        path: "nodes.onDemand.instanceTypes",
        allowed: expect.stringMatching(
          /^larger types, or fewer or smaller pods \(the subnets have room for 36 on-demand nodes besides the 6 of nodes\.spot\.max, and for more if that is lower\): at the maximum, /,
        ),
      },
    ]);
  });
});

it("says which setting leaves room for on-demand nodes, if the spot nodes may take an existing network's", () => {
  const nodes = { onDemand: { min: 1, max: 1 }, spot: { min: 0, max: 20 } };
  expect(of("dev", { network: { existing: EXISTING }, nodes }).shortfalls).toEqual([
    {
      path: "nodes.onDemand.instanceTypes",
      allowed: expect.stringMatching(
        /^larger types, .* \(the subnets have room for 0 on-demand nodes besides the 20 of nodes\.spot\.max, and for more if that is lower\): /,
      ),
    },
  ]);
});

describe("instance types whose size is not known here", () => {
  const X86 = (...instanceTypes: string[]) => ({
    nodes: {
      architecture: "x86_64",
      onDemand: { instanceTypes },
      spot: { instanceTypes: ["m7i-flex.large"] },
    },
  });

  it.each([["g5.xlarge"], ["m4.large"], ["c5n.18xlarge"], ["u7i-12tb.224xlarge"], ["m5.metal"]])(
    "are taken, whatever AWS sells: %s",
    (type) => {
      const overrides = { ...X86(type), ai: { replicas: { max: 100 } }, ...FEW_CONNECTIONS };
      const environment = loadEnvironment("dev", { overrides });
      refuseShortfalls(environment);
      expect(environment.nodes.onDemand.instanceTypes).toEqual([type]);
    },
  );

  it("are reported as checked by commands other than a synth", () => {
    const said = (...types: string[]) =>
      uncheckedCapacity(loadEnvironment("dev", { overrides: X86(...types) }));
    expect(said("g5.xlarge", "g6.xlarge")).toBe(
      "The size of g5.xlarge, g6.xlarge is known only to EC2, so synth does not check that all pods fit on the nodes. npx wbot deploy and preflight query EC2 and check it.",
    );
    expect(said("m5.large", "m6a.large")).toBeUndefined();
  });

  it.each([
    ["nonsense", ["m5large"], 'an EC2 instance type such as "t4g.large"'],
    ["another processor, by their names", ["t4g.large"], 'instance types of nodes.architecture "x86_64"'],
  ])("don't let in %s", (_, types, message) => {
    expect(() => loadEnvironment("dev", { overrides: X86(...types) })).toThrow(message);
  });

  it("are not taken for nodes without room where nobody knows their size", () => {
    expect(() => capacityOf(loadEnvironment("dev"), () => undefined)).toThrow(
      "the size of t4g.medium is not known",
    );
  });

  it("are checked against EC2's sizes, and against the nodes' pod limit", () => {
    const environment = loadEnvironment("dev", { overrides: X86("m4.large") });
    const held = (pods: number) =>
      capacityOf(environment, () => ({ cpu: 16_000, memory: 65_536, pods })).shortfalls;
    expect(held(110)).toEqual([]);
    expect(held(8)).toMatchObject([
      {
        path: "nodes.onDemand.min",
        allowed: expect.stringContaining("due to the pod limit of the nodes)"),
      },
      { path: "nodes.onDemand.max" },
    ]);
  });
});

it("accepts the number of nodes that it asks for", () => {
  const overrides = { nodes: { onDemand: { max: 14 } } };
  expect(of("prod", overrides).shortfalls).toEqual([]);
  expect(of("prod", { nodes: { onDemand: { max: 13 } } }).shortfalls).toHaveLength(1);
});

it.each<[string, string, Overrides]>([
  ["metrics in dev", "dev", { observability: { metrics: { kind: "in-cluster" } } }],
  ["a minimum above the maximum", "dev", { ai: { replicas: { min: 4 } } }],
  ["a maximum", "staging", { nodes: { onDemand: { max: 6 } } }],
])("asks once for all that must change: %s", (_, name, overrides) => {
  const { shortfalls } = of(name, overrides);
  expect(shortfalls).not.toEqual([]);
  const advised = Object.fromEntries(
    shortfalls.map(({ path, allowed }) => [path.replace("nodes.onDemand.", ""), Number.parseInt(allowed)]),
  );
  const environment = changedEnvironment(
    loadEnvironment(name, { overrides: { ...UNOBSERVED, ...overrides } }),
    {
      nodes: { onDemand: advised },
    },
  );
  expect(capacityOf(environment).shortfalls).toEqual([]);
});

it("has room for the default number of pods on the default number of nodes", () => {
  const nodes = settings.shape.nodes.parse({
    onDemand: { instanceTypes: ["m7g.large"], min: 3 },
    spot: { instanceTypes: ["m7g.large"] },
  });
  const { ai, web } = loadEnvironment("prod");
  expect([ai.replicas.max, web.replicas.max]).toEqual([10, 10]);
  expect(of("prod", { nodes }).shortfalls).toEqual([]);
});
