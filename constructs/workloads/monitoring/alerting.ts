import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { Construct } from "constructs";
import { MONITORING, PART_OF } from "../../../environments/names";
import type { EnvironmentStack } from "../../environment-stack";
import { CustomResource } from "../custom-resource";
import { alertsOf } from "./rules";

/** The rules that Prometheus evaluates: in app, since they change with the product. */
export class Alerting extends Construct {
  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    new CustomResource<IPrometheusRule>(this, "rules", {
      component: "metrics",
      manifest: {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: PART_OF, namespace: MONITORING },
        spec: {
          groups: [{ name: PART_OF, rules: alertsOf(stack.environment) }],
        },
      },
    });
  }
}
