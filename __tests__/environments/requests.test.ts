import { loadEnvironment } from "../../environments";
import { ADD_ONS, CONTROLLERS, replicasOf } from "../../environments/requests";
import { helmValues, synth, type Body } from "../synth";

const requestsIn = (value: unknown): Body[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = (value as Body)["resources"]?.requests as Body | undefined;
  return [...(own ? [own] : []), ...Object.values(value).flatMap(requestsIn)];
};
const sorted = (all: readonly object[]) => all.map((each) => JSON.stringify(each)).sort();

it("holds what the releases really ask for: each kind of pod once, and no other", () => {
  const asked = synth("prod")
    .infra.of("helm_release")
    .flatMap((release) => requestsIn(helmValues(release)));
  expect(sorted(asked)).toEqual(sorted(Object.values(CONTROLLERS)));
});

it("holds what the in-cluster Redis asks for", () => {
  const { app } = synth("dev", { redis: { kind: "in-cluster" } });
  const [container] = app.one("kubernetes_stateful_set_v1").body["spec"].template.spec.container;
  expect(container.resources).toEqual({
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "500m", memory: "512Mi" },
  });
});

it("runs two pods that resolve names even where controllers have one", () => {
  const dev = loadEnvironment("dev");
  const pods = [...Object.keys(CONTROLLERS), ...Object.keys(ADD_ONS)].map((name) => [
    name,
    replicasOf(name as keyof typeof CONTROLLERS | keyof typeof ADD_ONS, dev),
  ]);
  expect(pods.filter(([, count]) => count !== 1)).toEqual([["coredns", 2]]);
  expect(replicasOf("traefik", loadEnvironment("prod"))).toBe(3);
});
