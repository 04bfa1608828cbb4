import { capacity } from "../../../../commands/rehearse/paper/checks";
import { loadEnvironment } from "../../../../environments";
import { capacityOf } from "../../../../stacks/capacity";

it("has no verdict on nodes whose size only AWS knows, as a synth has none", () => {
  const overrides = { nodes: { onDemand: { instanceTypes: ["im4gn.large"] } } };
  const unknown = { environment: loadEnvironment("dev", { overrides }), capacity: undefined };
  expect(capacity([unknown])).toEqual({
    why: "only EC2 knows the nodes' size: dev on im4gn.large",
    fix: "npx wbot preflight --env <name> --only instances, which asks EC2",
  });
  const environment = loadEnvironment("staging");
  expect(capacity([unknown, { environment, capacity: capacityOf(environment) }])).toMatchObject({
    why: expect.stringMatching(/^[1-9]\d* scenarios/),
    violations: [],
    missing: ["dev on im4gn.large"],
  });
});
