import { capacity } from "../../../../commands/rehearse/paper/checks";
import { loadEnvironment, type Overrides } from "../../../../environments";

const of = (overrides: Overrides) => capacity([{ environment: loadEnvironment("dev", { overrides }) }]);

it("has no verdict on nodes whose size only AWS knows, as a synth has none", () => {
  expect(of({})).toMatchObject({ violations: [], missing: [] });
  expect(of({ nodes: { onDemand: { instanceTypes: ["im4gn.large"] } } })).toEqual({
    why: "0 moments: at the minimum and maximum, in a rollout, after losing a node",
    violations: [],
    missing: ["dev on im4gn.large"],
  });
});
