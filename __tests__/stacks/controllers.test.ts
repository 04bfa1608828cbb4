import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironment } from "../../environments";
import { CONTROLLERS, controllersOf } from "../../stacks/controllers";
import { helmValues, synth, type Body } from "../synth";

const requestsIn = (value: unknown): Body[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Body)["resources"]?.requests as Body | undefined;
  // A volume claim has some too.
  return [...(own && !("storage" in own) ? [own] : []), ...Object.values(value).flatMap(requestsIn)];
};
const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();

it.each([{ kind: "none" }, { kind: "cloudwatch" }, { kind: "loki" }])(
  "has the releases' actual requests with logs %j: each kind of pod once, and no other",
  (logs) => {
    const overrides = { observability: { logs } };
    const asked = synth("prod", overrides)
      .infra.of("helm_release")
      .flatMap((release) => requestsIn(helmValues(release)));
    const own = controllersOf(loadEnvironment("prod", { overrides }));
    expect(sorted(asked)).toEqual(sorted(own.flatMap(({ requests }) => Object.values(requests))));
  },
);

it.each([
  ["none", false, false],
  ["cloudwatch", false, true],
  ["loki", true, true],
])("has, with logs of kind %s, Loki: %s, and Alloy: %s", (kind, loki, alloy) => {
  const overrides = { observability: { logs: { kind } } };
  const names = controllersOf(loadEnvironment("prod", { overrides })).map(({ chart }) => chart.name);
  expect([names.includes("loki"), names.includes("alloy")]).toEqual([loki, alloy]);
});

it("has each controller in one file, named after its chart", () => {
  for (const { name, chart } of CONTROLLERS) {
    const file = readFileSync(join(__dirname, "../../constructs/platform", `${chart.name}.ts`), "utf8");
    expect(file).toContain(`export class ${name} extends HelmChart {`);
  }
});

it("keeps Traefik off spot, and runs as many of its pods as configured", () => {
  const prod = loadEnvironment("prod");
  const { platform } = prod;
  const pods = CONTROLLERS.map((controller) => [controller.chart.name, controller.pods(prod, "")]);
  expect(Object.fromEntries(pods)).toMatchObject({
    traefik: { count: 3, onDemandOnly: true },
    reloader: { count: platform.replicas, onDemandOnly: platform.capacity === "on-demand" },
  });
});
