import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";
import { HelmChart, type Chart, type ControllerProps } from "./helm-chart";

/**
 * The Prometheus operator's CRDs, in a release of their own: Helm upgrades a chart's templates, but never its folder `crds`;
 * and the release with everything else nearly fills its Secret, of at most 1 MiB, without them.
 */
export class PrometheusOperatorCrds extends HelmChart {
  static readonly chart: Chart = {
    name: "prometheus-operator-crds",
    version: "31.0.1",
    repository: "oci://ghcr.io/prometheus-community/charts",
  };
  static readonly requests = {} satisfies Record<string, Requests>;

  static isUsed({ observability }: Settings): boolean {
    return observability.metrics.kind !== "none";
  }

  constructor(stack: EnvironmentStack, props: ControllerProps) {
    const none = { enabled: false };
    super(stack, "prometheus-operator-crds", {
      chart: PrometheusOperatorCrds.chart,
      namespace: "prometheus-operator-crds",
      dependsOn: props.dependsOn,
      values: {
        crds: {
          // Without metrics, infra goes first: app can't plan the removal of objects whose kind is gone.
          annotations: { "helm.sh/resource-policy": "keep" },
          // Nothing here uses these three.
          prometheusagents: none,
          scrapeconfigs: none,
          thanosrulers: none,
        },
      },
    });
  }
}
