import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Construct } from "constructs";
import { MONITORING } from "../../../../environments/names";
import type { EnvironmentStack } from "../../../environment-stack";
import { escapeTemplate } from "../../../text";
import { labels } from "../../../labels";
import { DASHBOARD_LABEL } from "../../../scrapes";
import type * as Overview from "./overview";
import type * as Platform from "./platform";

/** Grafana's dashboards: ConfigMaps that its sidecar looks for. */
export class Dashboards extends Construct {
  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    // Grafana's SDK is hundreds of files, loaded only where there is a Grafana. Synth is synchronous: no `await import`.
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { overview } = require("./overview") as typeof Overview;
    const { platform } = require("./platform") as typeof Platform;
    /* eslint-enable @typescript-eslint/no-require-imports */
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
