import { custom, synth, type WrittenStack } from "../../../synth";
import { MEASURED } from "./expressions";

it.each([
  ["cert-manager", true],
  ["external-secrets", true],
  ["traefik", true],
  ["wbot-ai", undefined],
])("takes the labels of %s for its own if it is a controller: honorLabels %s", (name, honorLabels) => {
  const { spec } = custom(MEASURED.app, "PodMonitor", name).body["manifest"];
  expect(spec.podMetricsEndpoints[0].honorLabels).toBe(honorLabels);
});

it("scrapes only the services that the settings name", () => {
  const ours = (app: WrittenStack) =>
    app
      .of("kubernetes_manifest")
      .map(({ body }) => body["manifest"])
      .filter(({ kind, metadata: { name } }) => kind === "PodMonitor" && name.startsWith("wbot-"))
      .map(({ metadata: { name } }) => name as string);
  expect(ours(MEASURED.app)).toEqual(["wbot-ai"]);
  expect(ours(synth("staging").app)).toEqual([]);
});
