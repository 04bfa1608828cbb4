import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { Construct } from "constructs";
import { MONITORING, NAMESPACE } from "../../../environments/names";
import type { EnvironmentStack } from "../../environment-stack";
import { scrapesOf } from "../../scrapes";
import { CustomResource } from "../custom-resource";

/** What Prometheus scrapes: pods, since a Service would hide all but one of its pods. */
export class Scraping extends Construct {
  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    for (const { job, namespace, pods, port } of scrapesOf(stack.environment)) {
      new CustomResource<IPodMonitor>(this, job, {
        component: "metrics",
        manifest: {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PodMonitor",
          metadata: { name: job, namespace: MONITORING },
          spec: {
            namespaceSelector: { matchNames: [namespace] },
            selector: { matchLabels: { ...pods } },
            podMetricsEndpoints: [
              {
                portNumber: port,
                path: "/metrics",
                // A controller's metrics say which object they are about: its namespace, not the controller's.
                ...(namespace === NAMESPACE ? {} : { honorLabels: true }),
                // One job for all its pods, whatever names the chart gives them.
                relabelings: [{ action: "replace", targetLabel: "job", replacement: job }],
              },
            ],
          },
        },
      });
    }
  }
}
