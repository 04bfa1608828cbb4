import type { Environment } from "../../environments";
import { MONITORING } from "../../environments/names";
import type { Peer, Rule } from "../network-policy";
import { awsApis, clusterSubnets, internet, portOf } from "../peers";
import { GRAFANA_PODS, PROMETHEUS_PODS, scrapesOf } from "../scrapes";
import { workspaceOf } from "../../environments/amp";
import type { AllowedTraffic } from "./helm-chart";
import { LOKI } from "./loki";

/** Labels that the chart and its operator give their pods. */
export const PODS = {
  operator: { "app.kubernetes.io/name": "kube-prometheus-stack-prometheus-operator" },
  prometheus: PROMETHEUS_PODS,
  alertmanager: { "app.kubernetes.io/name": "alertmanager" },
  state: { "app.kubernetes.io/name": "kube-state-metrics" },
  grafana: GRAFANA_PODS,
};

/** The chart's container ports, and the kubelet's. */
const PORTS = {
  operator: 8080,
  prometheus: 9090,
  alertmanager: 9093,
  /** Between Alertmanagers. */
  gossip: 9094,
  /** The sidecar that reloads the configuration of Prometheus and Alertmanager. */
  reloader: 8080,
  state: 8080,
  grafana: 3000,
  kubelet: 10250,
};

/** Traffic of the monitoring's pods, besides DNS and the Kubernetes API. People connect by port-forward. */
export function monitoringTraffic(environment: Environment): AllowedTraffic[] {
  const { metrics } = environment.observability;
  const { prometheus, alertmanager, state, operator, grafana } = PODS;
  const to = (pods: Readonly<Record<string, string>>, ...ports: number[]): Rule => ({
    peers: [{ pods }],
    ports,
  });
  const elsewhere = (namespace: string, pods: Readonly<Record<string, string>>): Peer => ({
    namespace,
    pods,
  });
  const gossip: Rule = { ...to(alertmanager, PORTS.gossip), protocols: ["TCP", "UDP"] };
  const logs: Rule[] =
    environment.observability.logs.kind === "loki"
      ? [{ peers: [elsewhere(LOKI.namespace, LOKI.pods)], ports: [LOKI.port] }]
      : [];
  return [
    {
      name: "operator",
      pods: operator,
      ingress: [to(prometheus, PORTS.operator)],
    },
    {
      name: "prometheus",
      pods: prometheus,
      ingress: [
        to(prometheus, PORTS.prometheus, PORTS.reloader),
        ...(metrics.kind === "in-cluster" ? [to(grafana, PORTS.prometheus)] : []),
      ],
      egress: [
        to(prometheus, PORTS.prometheus, PORTS.reloader),
        to(alertmanager, PORTS.alertmanager, PORTS.reloader),
        to(state, PORTS.state),
        to(operator, PORTS.operator),
        { peers: clusterSubnets(environment), ports: [PORTS.kubelet] },
        ...scrapesOf(environment)
          .filter(({ namespace }) => namespace !== MONITORING)
          .map(({ namespace, pods, port }) => ({ peers: [elsewhere(namespace, pods)], ports: [port] })),
        ...(metrics.kind === "remote-write" ? remote(environment, metrics.url) : []),
      ],
    },
    {
      name: "alertmanager",
      pods: alertmanager,
      ingress: [to(prometheus, PORTS.alertmanager, PORTS.reloader), gossip],
      egress: [gossip, ...awsApis(environment)],
    },
    { name: "kube-state-metrics", pods: state, ingress: [to(prometheus, PORTS.state)] },
    ...(metrics.kind === "in-cluster"
      ? [{ name: "grafana", pods: grafana, egress: [to(prometheus, PORTS.prometheus), ...logs] }]
      : []),
  ];
}

function remote(environment: Environment, url: string): Rule[] {
  if (workspaceOf(url)) return awsApis(environment);
  return [{ peers: [internet(environment)], ports: [portOf(url)] }];
}
