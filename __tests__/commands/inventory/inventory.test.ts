import { inventory } from "../../../commands/inventory/inventory";
import { SERVICE_KEYS } from "../../../environments/services";
import { synth } from "../../synth";

it("counts every resource of a stack once, most frequent kinds first, custom resources by their own kind", () => {
  const { app } = synth("prod");
  const { total, kinds } = inventory({ json: app.json });
  const counts = Object.values(kinds);
  expect(total).toBe(app.all.filter(({ address }) => !address.startsWith("data.")).length);
  expect(counts.reduce((a, b) => a + b)).toBe(total);
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  expect(kinds).toMatchObject({ "ExternalSecret (external-secrets.io/v1)": SERVICE_KEYS.length });
  expect(kinds).not.toHaveProperty("kubernetes_manifest");
});
