import type { Environment } from "../../environments";
import type { Requests } from "../../environments/requests";
import { MONITORING, REMOTE_WRITE_SECRET } from "../../environments/names";
import { volumesOfMetrics, type MetricsSettings, type Settings } from "../../environments/schema";
import { MONITORING_SECRETS } from "../../environments/secret-copiers";
import type { Capacity } from "../spread";
import { gp3Class } from "../gp3-class";
import { metricsOf, type Source } from "../metric-names";
import { PodRole } from "../pod-role";
import { alertmanagerConfig, topicArns } from "./alertmanager-config";
import { workspaceOf } from "../../environments/amp";
import { secretCopier } from "./external-secrets";
import { grafana, GRAFANA_REQUESTS } from "./grafana";
import type { Controller } from "./helm-chart";
import { monitoringAccess } from "./monitoring-access";
import { monitoringTraffic, PODS } from "./monitoring-traffic";
import { placement, resources } from "./placement";
import { prometheusOperatorCrds } from "./prometheus-operator-crds";

const SCRAPE_INTERVAL = "30s";
/** Percentage of the volume at which Prometheus deletes its oldest data. The write-ahead log and compaction need the rest. */
const RETENTION_PERCENT = 80;
/** Space on the node's disk, without a volume. */
const ON_NODE_GIB = 8;
/** How long metrics that are stored elsewhere are also kept here, for the rules. */
const REMOTE_RETENTION_DAYS = 1;
/** What kube-state-metrics collects: no Secrets or ConfigMaps, so it may not read them either. */
const COLLECTORS = [
  "daemonsets",
  "deployments",
  "horizontalpodautoscalers",
  "nodes",
  "pods",
  "resourcequotas",
  "statefulsets",
];
/**
 * How long kube-state-metrics waits for a node that is lost (seconds): with Kubernetes' five minutes, its only pod would be
 * gone for longer than alerts outlast a gap.
 */
const LOST_NODE_SECONDS = 30;
/** Not Redis's class: that belongs to app. */
const STORAGE_CLASS = "gp3-metrics";
/** Monitoring may run on spot nodes, whatever the controllers' setting; but a volume needs nodes that stay in its zone. */
const CAPACITY = "any";
const OFF = { enabled: false };
const REQUESTS = {
  prometheus: { cpu: "200m", memory: "768Mi" },
  alertmanager: { cpu: "10m", memory: "64Mi" },
  // A sidecar of each of these two, counted as a pod.
  "config-reloader": { cpu: "10m", memory: "50Mi" },
  "prometheus-operator": { cpu: "20m", memory: "128Mi" },
  "kube-state-metrics": { cpu: "20m", memory: "96Mi" },
  ...GRAFANA_REQUESTS,
} satisfies Record<string, Requests>;

/**
 * Prometheus, Alertmanager, kube-state-metrics and Grafana, with the operator that runs the first two.
 *
 * Turned off: what EKS hides (the control plane), what restricted pod security forbids (node-exporter, Grafana's container
 * that runs as root), admission webhooks, and the chart's rules and dashboards, since ours are in `app`.
 */
export const kubePrometheusStack: Controller = {
  name: "kube-prometheus-stack",
  chart: {
    name: "kube-prometheus-stack",
    version: "88.5.3",
    repository: "oci://ghcr.io/prometheus-community/charts",
  },
  namespace: MONITORING,
  after: [prometheusOperatorCrds],
  isUsed: ({ observability }) => observability.metrics.kind !== "none",

  pods(settings) {
    const { observability, platform } = settings;
    const { metrics } = observability;
    const prometheus = prometheusReplicas(metrics);
    const alertmanager = platform.replicas;
    const of = (kind: keyof typeof REQUESTS, count = 1, onDemandOnly = false) => ({
      [kind]: { ...REQUESTS[kind], count, onDemandOnly },
    });
    return {
      ...of("prometheus", prometheus, prometheusCapacity(settings) === "on-demand"),
      ...of("alertmanager", alertmanager),
      ...of("config-reloader", prometheus + alertmanager),
      ...of("prometheus-operator"),
      ...of("kube-state-metrics"),
      ...(metrics.kind === "in-cluster" ? { ...of("grafana"), ...of("grafana-dashboards") } : {}),
    };
  },

  /** Lets Alertmanager publish to the topics, and Prometheus write to Amazon Managed Prometheus, if configured. */
  role(stack, { cluster }) {
    const { metrics } = stack.environment.observability;
    const workspace = metrics.kind === "remote-write" ? workspaceOf(metrics.url) : undefined;
    const alertmanager = new PodRole(stack, "alertmanager-role", {
      cluster,
      namespace: MONITORING,
      serviceAccount: "alertmanager",
      statements: [
        // Enough without the topics' own policies, which are needed only for other accounts and services.
        { sid: "Publish", actions: ["sns:Publish"], resources: Object.values(topicArns(stack)) },
        {
          sid: "Encrypt",
          actions: ["kms:Decrypt", "kms:GenerateDataKey"],
          resources: [stack.arn("kms", "key/*")],
          condition: [
            {
              test: "ForAnyValue:StringEquals",
              variable: "kms:ResourceAliases",
              values: [`alias/${stack.names.prefix}`],
            },
          ],
        },
      ],
    });
    if (workspace === undefined) return [alertmanager];
    const { region, id } = workspace;
    const prometheus = new PodRole(stack, "prometheus-role", {
      cluster,
      namespace: MONITORING,
      serviceAccount: "prometheus",
      statements: [
        {
          sid: "Write",
          actions: ["aps:RemoteWrite"],
          resources: [`arn:${stack.partition}:aps:${region}:${stack.account}:workspace/${id}`],
        },
      ],
    });
    return [alertmanager, prometheus];
  },

  traffic: monitoringTraffic,

  needs(stack, { dependsOn }) {
    if (volumesOfMetrics(stack.environment) === undefined) return [];
    return [gp3Class(stack, "metrics-storage", { name: STORAGE_CLASS, component: "metrics", dependsOn })];
  },

  values(stack) {
    const { environment } = stack;
    const { observability, platform } = environment;
    const { metrics } = observability;
    const { replicas } = platform;
    return {
      crds: OFF,
      defaultRules: { create: false },
      kubeApiServer: OFF,
      kubeControllerManager: OFF,
      kubeScheduler: OFF,
      kubeEtcd: OFF,
      kubeProxy: OFF,
      coreDns: OFF,
      nodeExporter: OFF,
      global: { rbac: { create: false } },
      extraManifests: monitoringAccess(),
      // Where the operator's Service for the kubelets is.
      kubelet: { namespace: MONITORING, serviceMonitor: kubelet() },
      "kube-state-metrics": {
        collectors: COLLECTORS,
        metricAllowlist: metricsOf("kube-state-metrics"),
        resources: resources(REQUESTS["kube-state-metrics"]),
        ...placement(PODS.state, CAPACITY),
        tolerations: ["not-ready", "unreachable"].map((taint) => ({
          key: `node.kubernetes.io/${taint}`,
          operator: "Exists",
          effect: "NoExecute",
          tolerationSeconds: LOST_NODE_SECONDS,
        })),
      },
      prometheusOperator: {
        namespaces: { releaseNamespace: true, additional: [] },
        kubeletService: { namespace: MONITORING },
        admissionWebhooks: OFF,
        tls: OFF,
        resources: resources(REQUESTS["prometheus-operator"]),
        prometheusConfigReloader: { resources: resources(REQUESTS["config-reloader"]) },
      },
      prometheus: {
        serviceAccount: { name: "prometheus" },
        // Each replica has its own samples: a graph must not jump between them.
        service: { sessionAffinity: "ClientIP" },
        podDisruptionBudget: budget(prometheusReplicas(metrics)),
        prometheusSpec: prometheusSpec(environment, metrics),
      },
      alertmanager: {
        serviceAccount: { name: "alertmanager" },
        podDisruptionBudget: budget(replicas),
        config: alertmanagerConfig(stack),
        alertmanagerSpec: {
          replicas,
          podAntiAffinity: "",
          resources: resources(REQUESTS.alertmanager),
          ...placement(PODS.alertmanager, CAPACITY),
        },
      },
      grafana:
        metrics.kind === "in-cluster"
          ? grafana(observability.logs, { scrapeInterval: SCRAPE_INTERVAL, capacity: CAPACITY })
          : OFF,
    };
  },
};

/** What Prometheus signs in with where its metrics are kept elsewhere. Its operator waits for it. */
export const monitoringSecrets = secretCopier({
  copier: MONITORING_SECRETS,
  serves: kubePrometheusStack,
  name: REMOTE_WRITE_SECRET,
  key: "password",
  property: "METRICS_PASSWORD",
  texts: ({ observability: { metrics } }): Record<string, string> =>
    metrics.kind === "remote-write" && metrics.username !== undefined ? { username: metrics.username } : {},
});

function prometheusReplicas(metrics: MetricsSettings): number {
  return metrics.kind === "in-cluster" ? metrics.replicas : 1;
}

function prometheusCapacity(settings: Settings): Capacity {
  return volumesOfMetrics(settings) === undefined ? CAPACITY : "on-demand";
}

/** A disruption budget. The chart doesn't support maxUnavailable here. */
function budget(replicas: number) {
  return replicas > 1 ? { enabled: true, minAvailable: replicas - 1 } : OFF;
}

/** Keeps only those metrics of the kubelet and of containers that rules or dashboards use. */
function kubelet() {
  const only = (source: Source) => ({
    sourceLabels: ["__name__"],
    action: "keep",
    regex: metricsOf(source).join("|"),
  });
  return {
    probes: false,
    cAdvisorInterval: SCRAPE_INTERVAL,
    metricRelabelings: [only("kubelet")],
    cAdvisorMetricRelabelings: [
      only("cadvisor"),
      // Totals of pods and nodes, which duplicate their containers' values.
      // The operator leaves out an empty expression, and Prometheus then drops everything.
      { sourceLabels: ["container"], action: "drop", regex: "^$" },
    ],
  };
}

function prometheusSpec(environment: Environment, metrics: MetricsSettings) {
  const volume = volumesOfMetrics(environment);
  const spread = placement(PODS.prometheus, prometheusCapacity(environment));
  return {
    replicas: prometheusReplicas(metrics),
    scrapeInterval: SCRAPE_INTERVAL,
    evaluationInterval: SCRAPE_INTERVAL,
    retention: `${metrics.kind === "in-cluster" ? metrics.retentionDays : REMOTE_RETENTION_DAYS}d`,
    retentionSize: `${Math.floor(((volume ?? ON_NODE_GIB) * RETENTION_PERCENT) / 100)}GiB`,
    externalLabels: { environment: environment.name },
    ruleSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    resources: resources(REQUESTS.prometheus),
    podAntiAffinity: "",
    ...spread,
    ...(volume === undefined
      ? { storageSpec: { emptyDir: { sizeLimit: `${ON_NODE_GIB}Gi` } } }
      : onVolume(volume, spread)),
    ...(metrics.kind === "remote-write"
      ? {
          remoteWrite: [remoteWrite(metrics)],
          // Pods that run before their role exists never get its credentials: this replaces them.
          podMetadata: { annotations: { "wbot/amp": String(workspaceOf(metrics.url) !== undefined) } },
        }
      : {}),
  };
}

/**
 * Deleted with Prometheus: metrics aren't worth keeping, and an orphaned volume is billed. Its operator deletes and creates
 * the StatefulSet for a new size, so that the volumes get that, empty.
 */
function onVolume(gib: number, { topologySpreadConstraints }: ReturnType<typeof placement>) {
  return {
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
    storageSpec: {
      volumeClaimTemplate: {
        spec: {
          storageClassName: STORAGE_CLASS,
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: `${gib}Gi` } },
        },
      },
    },
    // Required over zones too, unlike elsewhere: volumes keep each pod in its zone anyway, and must not be in one.
    topologySpreadConstraints: topologySpreadConstraints.map((each) => ({
      ...each,
      whenUnsatisfiable: "DoNotSchedule",
    })),
  };
}

function remoteWrite({ url, username }: Extract<MetricsSettings, { kind: "remote-write" }>) {
  const workspace = workspaceOf(url);
  if (workspace) return { url, sigv4: { region: workspace.region } };
  const key = (name: string) => ({ name: REMOTE_WRITE_SECRET, key: name });
  return username === undefined
    ? { url, authorization: { credentials: key("password") } }
    : { url, basicAuth: { username: key("username"), password: key("password") } };
}
