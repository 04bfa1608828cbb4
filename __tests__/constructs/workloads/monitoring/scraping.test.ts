import { custom } from "../../../synth";
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
