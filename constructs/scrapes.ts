import type { Environment } from "../environments";
import { MONITORING, NAMESPACE } from "../environments/names";
import { scrapedServices } from "../environments/schema";
import { secretCopiersOf } from "../environments/secret-copiers";
import { SERVICES } from "../environments/services";
import { TRAEFIK } from "./edge";
import { selector } from "./labels";
import type { Peer } from "./network-policy";

/** Shared between infra's Prometheus, the pods it scrapes, and app's rules, monitors and dashboards. */

/** Label of ConfigMaps that Grafana shows as dashboards. */
export const DASHBOARD_LABEL = { grafana_dashboard: "1" };

/** Prometheus's pods, for the network policies that admit them. */
export const PROMETHEUS_PODS = { "app.kubernetes.io/name": "prometheus" };
export const PROMETHEUS: Peer = { namespace: MONITORING, pods: PROMETHEUS_PODS };
/** Grafana's pods, for the same. */
export const GRAFANA_PODS = named("grafana");
export const GRAFANA: Peer = { namespace: MONITORING, pods: GRAFANA_PODS };

/** Pods that Prometheus scrapes at /metrics. */
export interface Scrape {
  /** Their label `job`. */
  readonly job: string;
  readonly namespace: string;
  readonly pods: Readonly<Record<string, string>>;
  readonly port: number;
}

const EXTERNAL_SECRETS: Scrape = {
  job: "external-secrets",
  namespace: "external-secrets",
  pods: named("external-secrets"),
  port: 8080,
};
/** Controllers, with the metrics ports of their charts. */
const CONTROLLERS: readonly Scrape[] = [
  { job: "traefik", namespace: TRAEFIK.namespace, pods: named("traefik"), port: 9100 },
  { job: "cert-manager", namespace: "cert-manager", pods: named("cert-manager"), port: 9402 },
  EXTERNAL_SECRETS,
  {
    job: "cluster-autoscaler",
    namespace: "cluster-autoscaler",
    pods: named("aws-cluster-autoscaler"),
    port: 8085,
  },
];
const ALLOY: Scrape = { job: "alloy", namespace: "alloy", pods: named("alloy"), port: 12345 };
const LOKI: Scrape = { job: "loki", namespace: "loki", pods: named("loki"), port: 3100 };

function named(name: string): Readonly<Record<string, string>> {
  return { "app.kubernetes.io/name": name };
}

/** What is scraped besides the monitoring itself; nothing without Prometheus. */
export function scrapesOf(environment: Environment): readonly Scrape[] {
  const { metrics, logs } = environment.observability;
  if (metrics.kind === "none") return [];
  return [
    ...CONTROLLERS,
    ...secretCopiersOf(environment).map(({ name }) => ({ ...EXTERNAL_SECRETS, job: name, namespace: name })),
    ...(logs.kind === "none" ? [] : [ALLOY]),
    ...(logs.kind === "loki" ? [LOKI] : []),
    ...scrapedServices(environment).flatMap((key) => {
      const { name, http } = SERVICES[key];
      return http ? [{ job: name, namespace: NAMESPACE, pods: selector(name), port: http.port }] : [];
    }),
  ];
}

/** Alerts that app defines, and that infra's Alertmanager routes by name. */
export const WATCHDOG_ALERT = "WbotWatchdog";
export const MAINTENANCE_ALERT = "WbotMaintenance";
