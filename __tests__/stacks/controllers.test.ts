import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadEnvironment } from "../../environments";
import { CONTROLLERS } from "../../stacks/controllers";
import { helmValues, synth, type Body } from "../synth";

const requestsIn = (value: unknown): Body[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Body)["resources"]?.requests as Body | undefined;
  // A volume claim has some too.
  return [...(own && !("storage" in own) ? [own] : []), ...Object.values(value).flatMap(requestsIn)];
};
const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();

it("has the releases' actual requests: each kind of pod once, and no other", () => {
  const asked = synth("prod")
    .infra.of("helm_release")
    .flatMap((release) => requestsIn(helmValues(release)));
  expect(sorted(asked)).toEqual(sorted(CONTROLLERS.flatMap(({ requests }) => Object.values(requests))));
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
