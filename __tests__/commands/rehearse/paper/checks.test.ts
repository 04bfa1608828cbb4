import { capacity } from "../../../../commands/rehearse/paper/checks";
import { loadEnvironment } from "../../../../environments";

it("has no verdict on nodes whose size only AWS knows, as a synth has none", () => {
  const overrides = { nodes: { onDemand: { instanceTypes: ["im4gn.large"] } } };
  expect(capacity([{ environment: loadEnvironment("dev", { overrides }), capacity: undefined }])).toEqual({
    why: "0 scenarios: at the minimum and maximum, in a rollout, after losing a node",
    violations: [],
    missing: ["dev on im4gn.large"],
  });
});
