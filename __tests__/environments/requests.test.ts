import { loadEnvironment } from "../../environments";
import { ADD_ONS, replicasOf } from "../../environments/requests";
import { synth } from "../synth";

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
  const names = Object.keys(ADD_ONS) as (keyof typeof ADD_ONS)[];
  const pods = names.map((name) => [name, replicasOf(name, dev)]);
  expect(pods.filter(([, count]) => count !== 1)).toEqual([["coredns", 2]]);
});
