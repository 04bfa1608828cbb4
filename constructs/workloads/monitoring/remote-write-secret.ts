import { Construct } from "constructs";
import { needsPassword } from "../../../environments/amp";
import { METRICS_KEY } from "../../../environments/app-secret-keys";
import { REMOTE_WRITE_SECRET } from "../../../environments/names";
import type { EnvironmentStack } from "../../environment-stack";
import { escapeTemplate } from "../../escape-template";
import { MONITORING } from "../../scrapes";
import { ExternalSecret, SecretStore } from "../external-secret";

/** Prometheus's credentials if its metrics are stored elsewhere. Its operator waits for the Secret. */
export class RemoteWriteSecret extends Construct {
  constructor(stack: EnvironmentStack, id: string) {
    super(stack, id);
    const { environment, names } = stack;
    const { metrics } = environment.observability;
    if (!needsPassword(metrics) || metrics.kind !== "remote-write") return;
    const common = { namespace: MONITORING, dependsOn: [] };
    new ExternalSecret(this, "password", {
      ...common,
      name: REMOTE_WRITE_SECRET,
      store: new SecretStore(this, "store", { ...common, region: environment.region }),
      data: { [METRICS_KEY]: { secret: names.appSecret, property: METRICS_KEY } },
      templates: {
        ...(metrics.username === undefined ? {} : { username: escapeTemplate(metrics.username) }),
        password: `{{ .${METRICS_KEY} }}`,
      },
    });
  }
}
