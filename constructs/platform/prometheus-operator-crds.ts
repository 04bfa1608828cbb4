import type { Controller } from "./helm-chart";

const NONE = { enabled: false };

/**
 * The Prometheus operator's CRDs, in a release of their own: Helm upgrades a chart's templates, but never its folder `crds`;
 * and the release with everything else nearly fills its Secret, of at most 1 MiB, without them.
 */
export const prometheusOperatorCrds: Controller = {
  name: "prometheus-operator-crds",
  chart: {
    name: "prometheus-operator-crds",
    version: "31.0.1",
    repository: "oci://ghcr.io/prometheus-community/charts",
  },
  isUsed: ({ observability }) => observability.metrics.kind !== "none",
  pods: () => ({}),
  values: () => ({
    crds: {
      // Without metrics, infra goes first: app can't plan the removal of objects whose kind is gone.
      annotations: { "helm.sh/resource-policy": "keep" },
      // Nothing here uses these three.
      prometheusagents: NONE,
      scrapeconfigs: NONE,
      thanosrulers: NONE,
    },
  }),
};
