import type { DeploymentV1SpecTemplateSpec } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { CAPACITY_LABEL, type Capacity } from "../spread";

/** A pod spec's affinity for the nodes it may run on. */
export function nodeAffinity(capacity: Capacity): Pick<DeploymentV1SpecTemplateSpec, "affinity"> {
  const nodes = (value: string) => ({
    matchExpressions: [{ key: CAPACITY_LABEL, operator: "In", values: [value] }],
  });
  switch (capacity) {
    case "on-demand":
      return {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerm: [nodes("ON_DEMAND")] },
          },
        },
      };
    case "prefer-spot":
      return {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: nodes("SPOT") }],
          },
        },
      };
    case "any":
      // Left out: an empty affinity shows up as a change in every plan.
      return {};
  }
}
