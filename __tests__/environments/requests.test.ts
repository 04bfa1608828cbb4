import { loadEnvironment } from "../../environments";
import { ADD_ONS, addOnReplicas } from "../../environments/requests";
import { synth } from "../synth";

it("has the in-cluster Redis's actual requests", () => {
  const { app } = synth("dev", { redis: { kind: "in-cluster" } });
  const [container] = app.one("kubernetes_stateful_set_v1").body["spec"].template.spec.container;
  expect(container.resources).toEqual({
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "500m", memory: "512Mi" },
  });
});

it("runs two CoreDNS pods even if controllers have one", () => {
  const dev = loadEnvironment("dev");
  const names = Object.keys(ADD_ONS) as (keyof typeof ADD_ONS)[];
  const pods = names.map((name) => [name, addOnReplicas(name, dev)]);
  expect(pods.filter(([, count]) => count !== 1)).toEqual([["coredns", 2]]);
});
