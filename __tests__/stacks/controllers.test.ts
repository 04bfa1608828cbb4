import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import type { Controller } from "../../constructs/platform/helm-chart";
import { loadEnvironment, type Overrides } from "../../environments";
import { CHARTS, CONTROLLERS, controllersOf } from "../../stacks/controllers";
import { InfraStack } from "../../stacks/infra";
import { BOTH_ELSEWHERE, LOGS_AT_A_VENDOR } from "../shapes";
import { helmValues, synth, type Body } from "../synth";

const requestsIn = (value: unknown): Body[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Body)["requests"] as Body | undefined;
  // A volume claim has some too.
  return [...(own && !("storage" in own) ? [own] : []), ...Object.values(value).flatMap(requestsIn)];
};
const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();

it.each<Overrides>([
  { observability: { logs: { kind: "none" } } },
  { observability: { logs: { kind: "cloudwatch" } } },
  { observability: { logs: { kind: "loki" } } },
  { platform: { traefikMemory: "1Gi" } },
  LOGS_AT_A_VENDOR,
])("has the releases' actual requests with %j: each kind of pod once, and no other", (overrides) => {
  const asked = synth("prod", overrides)
    .infra.of("helm_release")
    .flatMap((release) => requestsIn(helmValues(release)));
  const settings = loadEnvironment("prod", { overrides });
  const own = controllersOf(settings).flatMap((each) =>
    Object.values(each.pods(settings)).map(({ cpu, memory }) => ({ cpu, memory })),
  );
  expect(sorted(asked)).toEqual(sorted(own));
});

it.each([
  ["none", false, false],
  ["cloudwatch", false, true],
  ["loki", true, true],
])("has, with logs of kind %s, Loki: %s, and Alloy: %s", (kind, loki, alloy) => {
  const overrides = { observability: { logs: { kind } } };
  const names = controllersOf(loadEnvironment("prod", { overrides })).map(({ chart }) => chart.name);
  expect([names.includes("loki"), names.includes("alloy")]).toEqual([loki, alloy]);
});

it("has a further External Secrets, of one pod, for each namespace of the platform that a setting copies a key to", () => {
  const further = (name: string, overrides: Overrides = {}) => {
    const settings = loadEnvironment(name, { overrides });
    return controllersOf(settings)
      .filter(({ chart }) => chart.name === "external-secrets")
      .flatMap((each) => Object.entries(each.pods(settings)));
  };
  const first = ["external-secrets", { cpu: "25m", memory: "128Mi", count: 2, onDemandOnly: true }];
  const one = { cpu: "25m", memory: "128Mi", count: 1, onDemandOnly: true };
  expect(further("prod")).toEqual([first]);
  expect(further("prod", BOTH_ELSEWHERE)).toEqual([
    first,
    ["monitoring-secrets", one],
    ["alloy-secrets", one],
  ]);
  const amp = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0123-abcd/api/v1/remote_write";
  expect(further("prod", { observability: { metrics: { kind: "remote-write", url: amp } } })).toEqual([
    first,
  ]);
});

it("names each chart once, however many releases it has", () => {
  expect(CHARTS.map(({ name }) => name).sort()).toEqual(
    [...new Set(CONTROLLERS.map(({ chart }) => chart.name))].sort(),
  );
});

it("has each controller in one file, named after its chart", () => {
  for (const { chart } of CONTROLLERS) {
    const file = readFileSync(join(__dirname, "../../constructs/platform", `${chart.name}.ts`), "utf8");
    expect(file).toMatch(/^export const \w+: Controller = \{$/m);
  }
});

it("refuses a list in which a controller comes before one that it needs", () => {
  const list = CONTROLLERS as Controller[];
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), "wbot-controllers-")) });
  list.reverse();
  try {
    expect(() => new InfraStack(app, loadEnvironment("dev"))).toThrow(
      "traefik has to come after aws-load-balancer-controller in stacks/controllers.ts",
    );
  } finally {
    list.reverse();
    rmSync(app.outdir, { recursive: true });
  }
});

it("keeps Traefik off spot, and runs as many of its pods as configured", () => {
  const prod = loadEnvironment("prod");
  const { platform } = prod;
  const pods = Object.assign({}, ...CONTROLLERS.map((controller) => controller.pods(prod))) as object;
  expect(pods).toMatchObject({
    traefik: { count: 3, onDemandOnly: true },
    reloader: { count: platform.replicas, onDemandOnly: platform.capacity === "on-demand" },
  });
});
