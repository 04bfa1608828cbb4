import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Construct } from "constructs";
import { MONITORING } from "../../../../environments/names";
import type { EnvironmentStack } from "../../../environment-stack";
import { escapeTemplate } from "../../../text";
import { labels } from "../../../labels";
import { DASHBOARD_LABEL } from "../../../scrapes";
import { overview } from "./overview";
import { platform } from "./platform";

/** Grafana's dashboards: ConfigMaps that its sidecar looks for. Import this only if there is a Grafana: the SDK is large. */
export class Dashboards extends Construct {
  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const all = { overview: overview(stack.environment), platform: platform() };
    for (const [what, dashboard] of Object.entries(all)) {
      const name = `wbot-${what}`;
      new ConfigMapV1(this, what, {
        metadata: { name, namespace: MONITORING, labels: { ...labels(name, "metrics"), ...DASHBOARD_LABEL } },
        data: { [`${name}.json`]: escapeTemplate(JSON.stringify(dashboard.build(), null, 1)) },
      });
    }
  }
}
