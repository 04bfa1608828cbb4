import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironment } from "../../../environments";
import { SERVICE_KEYS } from "../../../environments/services";
import { metadata, synth } from "../../synth";

// Read on its own, not by the project's arithmetic.
const milli = (cpu: string) => (cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000);
const mebi = (memory: string) => {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(memory) ?? [];
  return Number(amount) * (unit === "Gi" ? 1024 : 1);
};

const IN_CLUSTER = {
  redis: { kind: "in-cluster" },
  ai: { replicas: { max: 7 } },
  nodes: { onDemand: { max: 6 } },
};

describe.each<[string, object | undefined]>([
  ["dev", undefined],
  ["staging", undefined],
  ["prod", undefined],
  ["dev", IN_CLUSTER],
])("the namespace of %s (%j)", (name, overrides) => {
  const written = overrides ? synth(name, { ...overrides }) : synth(name);
  const { app, infra } = written;
  const environment = loadEnvironment(name, overrides ? { overrides: { ...overrides } } : {});
  const namespace = infra.one("kubernetes_namespace_v1", "product-namespace");
  const { hard } = app.one("kubernetes_resource_quota_v1").body["spec"];
  const [limits] = app.one("kubernetes_limit_range_v1").body["spec"].limit;

  it("is called wbot, and rejects pods that aren't restricted", () => {
    expect(metadata(namespace)).toMatchObject({
      name: "wbot",
      labels: { "pod-security.kubernetes.io/enforce": "restricted" },
    });
  });

  it("is protected if the environment is, and so is what app puts in it", () => {
    for (const each of [namespace, app.one("kubernetes_resource_quota_v1")])
      expect(each.body["lifecycle"].prevent_destroy).toBe(environment.protection);
  });

  it("is infra's, and forgotten by app, which created it in earlier versions, without destroying it", () => {
    expect(app.of("kubernetes_namespace_v1")).toEqual([]);
    expect(app.json["removed"]).toEqual([
      { from: "kubernetes_namespace_v1.namespace_67941C3A", lifecycle: [{ destroy: false }] },
    ]);
    const runbook = readFileSync(join(__dirname, "..", "..", "..", "docs", "runbooks", "upgrade.md"), "utf8");
    expect(runbook).toContain(`import ${namespace.address} wbot`);
  });

  it("has a quota for exactly twice every workload at full scale, twice Redis, and four solvers", () => {
    const demands = [
      ...SERVICE_KEYS.map((key) => environment[key]).map(({ replicas, cpu, memory }) => ({
        pods: 2 * replicas.max,
        cpu: [milli(cpu.request), milli(cpu.limit)],
        memory: [mebi(memory.request), mebi(memory.limit)],
      })),
      ...(environment.redis.kind === "in-cluster" ? [{ pods: 2, cpu: [100, 500], memory: [128, 512] }] : []),
      // What cert-manager gives its solvers.
      { pods: 4, cpu: [10, 100], memory: [64, 64] },
    ];
    const sum = (of: (demand: (typeof demands)[number]) => number | undefined) =>
      demands.reduce((all, demand) => all + demand.pods * (of(demand) ?? NaN), 0);
    expect({
      pods: Number(hard.pods),
      cpu: [milli(hard["requests.cpu"] as string), milli(hard["limits.cpu"] as string)],
      memory: [mebi(hard["requests.memory"] as string), mebi(hard["limits.memory"] as string)],
    }).toEqual({
      pods: demands.reduce((all, { pods }) => all + pods, 0),
      cpu: [sum(({ cpu }) => cpu[0]), sum(({ cpu }) => cpu[1])],
      memory: [sum(({ memory }) => memory[0]), sum(({ memory }) => memory[1])],
    });
  });

  it("opens no ports to the outside: those are Traefik's", () => {
    expect(hard).toMatchObject({ "services.loadbalancers": "0", "services.nodeports": "0" });
  });

  it("has no maximum for a container: a lower one would keep lost pods from coming back before the rollout", () => {
    expect(limits).not.toHaveProperty("max");
  });

  it("gives containers without resources defaults", () => {
    expect(limits.type).toBe("Container");
    expect(milli(limits.default_request.cpu as string)).toBeLessThanOrEqual(
      milli(limits.default.cpu as string),
    );
    expect(mebi(limits.default_request.memory as string)).toBeLessThanOrEqual(
      mebi(limits.default.memory as string),
    );
  });
});
