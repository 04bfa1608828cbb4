import { MONITORING } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { LogSettings } from "../../environments/schema";
import { DASHBOARD_LABEL, GRAFANA_PODS } from "../scrapes";
import type { Capacity } from "../spread";
import { LOKI } from "./loki";
import { placement, resources } from "./placement";

const OFF = { enabled: false };

export const GRAFANA_REQUESTS = {
  // Itself, and a process for each kind of data source.
  grafana: { cpu: "50m", memory: "768Mi" },
  // A sidecar.
  "grafana-dashboards": { cpu: "10m", memory: "96Mi" },
} satisfies Record<string, Requests>;
/**
 * Data sources in Grafana's image that are not used, or only with Loki: each would run as a process of its own.
 *
 * @see https://github.com/grafana/grafana/blob/v13.2.0/pkg/setting/setting_plugins.go
 */
const PLUGINS = [
  "cloudwatch",
  "elasticsearch",
  "grafana-postgresql-datasource",
  "grafana-pyroscope-datasource",
  "influxdb",
  "jaeger",
  "loki",
  "mssql",
  "mysql",
  "opentsdb",
  "stackdriver",
  "tempo",
  "zipkin",
];

interface GrafanaProps {
  /** How often Prometheus gets a new sample. */
  readonly scrapeInterval: string;
  /** The nodes that it may run on. */
  readonly capacity: Capacity;
}

/**
 * Values of the chart's part that is Grafana. Reached only by port-forward, and so open to whoever may do that: everybody is a viewer,
 * without a login.
 */
export function grafana(logs: LogSettings, { scrapeInterval, capacity }: GrafanaProps) {
  const unused = PLUGINS.filter((plugin) => plugin !== "loki" || logs.kind !== "loki");
  return {
    defaultDashboardsEnabled: false,
    serviceMonitor: OFF,
    testFramework: OFF,
    initChownData: OFF,
    persistence: OFF,
    rbac: { create: false },
    resources: resources(GRAFANA_REQUESTS.grafana),
    ...placement(GRAFANA_PODS, capacity),
    env: { GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true" },
    "grafana.ini": {
      analytics: { check_for_updates: false, check_for_plugin_updates: false, reporting_enabled: false },
      auth: { disable_login_form: true },
      "auth.anonymous": { enabled: true, org_role: "Viewer" },
      "auth.basic": OFF,
      plugins: { preinstall_disabled: true, disable_plugins: unused.join() },
      // Compression would leak 2 MiB whenever a reader leaves: https://github.com/grafana/grafana/pull/130893
      server: { enable_gzip: false },
      // They save nothing, but may query metrics and logs in Explore.
      users: { viewers_can_edit: true },
    },
    sidecar: {
      datasources: OFF,
      dashboards: {
        label: Object.keys(DASHBOARD_LABEL)[0],
        labelValue: Object.values(DASHBOARD_LABEL)[0],
        resource: "configmap",
        searchNamespace: MONITORING,
        // Grafana polls for changes itself; asking it to reload would need an administrator's password.
        skipReload: true,
      },
      resources: resources(GRAFANA_REQUESTS["grafana-dashboards"]),
    },
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: [
          {
            name: "Prometheus",
            uid: "prometheus",
            type: "prometheus",
            access: "proxy",
            isDefault: true,
            url: `http://kube-prometheus-stack-prometheus.${MONITORING}:9090`,
            jsonData: { timeInterval: scrapeInterval, httpMethod: "POST" },
          },
          ...(logs.kind === "loki"
            ? [{ name: "Loki", uid: "loki", type: "loki", access: "proxy", url: LOKI.url }]
            : []),
        ],
      },
    },
  };
}
