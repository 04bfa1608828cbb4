import { inventory } from "../../commands/inventory";
import { synth } from "../synth";

it("counts every resource of a stack once, the most frequent kinds first, custom resources by their own kind", () => {
  const { app } = synth("prod");
  const lines = inventory(app.json);
  const counts = lines.map((line) => Number(line.slice(0, 4)));
  expect(counts.reduce((a, b) => a + b)).toBe(
    app.all.filter(({ address }) => !address.startsWith("data.")).length,
  );
  expect(counts).toEqual([...counts].sort((a, b) => b - a));
  expect(lines).toContain("   2  ExternalSecret (external-secrets.io/v1)");
  expect(lines.join()).not.toContain("kubernetes_manifest");
});
