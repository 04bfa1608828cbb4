/** A product and a platform that are well, as Prometheus sees them: each series begins with a value and gains some a minute. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly start: number;
  readonly gain: number;
}

const DAY = 86_400;
const WEB = "wbot-wbot-web-chat-example-com@kubernetes";
const API = "wbot-wbot-api-chat-example-com-api@kubernetes";
const FILES = "wbot-wbot-files-chat-example-com-assets@kubernetes";

const counts = (name: string, labels: Series["labels"], gain: number): Series => ({
  name,
  labels,
  start: 0,
  gain,
});
const stays = (name: string, labels: Series["labels"], start: number): Series => ({
  name,
  labels,
  start,
  gain: 0,
});

const KSM = { job: "kube-state-metrics" };
const wbot = (labels: Series["labels"]) => ({ ...KSM, namespace: "wbot", ...labels });

export const HEALTHY: readonly Series[] = [
  ...[
    ...["traefik", "cert-manager", "external-secrets", "cluster-autoscaler", "alloy"],
    ...["monitoring-secrets", "kube-state-metrics", "kubelet", "wbot-ai"],
  ].map((job) => stays("up", { job, instance: `${job}:1` }, 1)),
  stays("prometheus_tsdb_head_series", { job: "prometheus", pod: "prometheus-0" }, 5000),
  counts("prometheus_remote_storage_samples_failed_total", { job: "prometheus" }, 0),
  counts("prometheus_remote_storage_queue_highest_sent_timestamp_seconds", { job: "prometheus" }, 60),
  counts("alertmanager_notifications_failed_total", { integration: "sns", reason: "clientError" }, 0),
  ...[API, WEB, FILES].flatMap((router) => [
    counts("traefik_router_requests_total", { job: "traefik", router, code: "200", protocol: "http" }, 10),
    counts("traefik_router_requests_total", { job: "traefik", router, code: "500", protocol: "http" }, 0),
    counts("traefik_router_requests_tls_total", { job: "traefik", router, tls_version: "1.3" }, 10),
  ]),
  counts(
    "traefik_router_requests_total",
    {
      job: "traefik",
      router: "wbot-wbot-refused-chat-example-com-api@kubernetes",
      code: "503",
      protocol: "http",
    },
    0,
  ),
  ...["0.05", "0.3", "1.0", "5.0", "+Inf"].map((le) =>
    counts(
      "traefik_router_request_duration_seconds_bucket",
      { job: "traefik", router: WEB, protocol: "http", le },
      10,
    ),
  ),
  counts(
    "traefik_router_request_duration_seconds_count",
    { job: "traefik", router: WEB, protocol: "http" },
    10,
  ),
  stays("traefik_open_connections", { job: "traefik", entrypoint: "websecure", protocol: "TCP" }, 20),
  stays(
    "certmanager_certificate_expiration_timestamp_seconds",
    { namespace: "wbot", name: "wbot-tls" },
    60 * DAY,
  ),
  ...["True", "False"].map((condition) =>
    stays(
      "certmanager_certificate_ready_status",
      { namespace: "wbot", name: "wbot-tls", condition },
      condition === "True" ? 1 : 0,
    ),
  ),
  ...["True", "False"].map((status) =>
    stays(
      "externalsecret_status_condition",
      { namespace: "wbot", name: "wbot-ai-secrets", condition: "Ready", status },
      status === "True" ? 1 : 0,
    ),
  ),
  // Both kinds of log store's: an environment has one.
  counts("otelcol_exporter_sent_log_records_total", { job: "alloy" }, 60),
  counts("otelcol_exporter_send_failed_log_records_total", { job: "alloy", error_permanent: "true" }, 0),
  counts("loki_write_sent_entries_total", { job: "alloy" }, 60),
  counts("loki_write_dropped_entries_total", { job: "alloy", reason: "ingester_error" }, 0),
  stays("process_start_time_seconds", { job: "alloy" }, 0),
  ...["wbot-ai", "wbot-web"].flatMap((name) => [
    stays("kube_deployment_spec_replicas", wbot({ deployment: name }), 2),
    stays("kube_deployment_status_replicas_available", wbot({ deployment: name }), 2),
    stays("kube_horizontalpodautoscaler_status_current_replicas", wbot({ horizontalpodautoscaler: name }), 2),
    stays("kube_horizontalpodautoscaler_spec_min_replicas", wbot({ horizontalpodautoscaler: name }), 2),
    stays("kube_horizontalpodautoscaler_spec_max_replicas", wbot({ horizontalpodautoscaler: name }), 10),
    counts("kube_pod_container_status_restarts_total", wbot({ pod: `${name}-1`, container: name }), 0),
    stays(
      "kube_pod_container_resource_requests",
      wbot({ pod: `${name}-1`, container: name, resource: "cpu" }),
      0.5,
    ),
    stays(
      "kube_pod_container_resource_requests",
      wbot({ pod: `${name}-1`, container: name, resource: "memory" }),
      5e8,
    ),
    counts("container_cpu_usage_seconds_total", { namespace: "wbot", pod: `${name}-1`, container: name }, 6),
    stays(
      "container_memory_working_set_bytes",
      { namespace: "wbot", pod: `${name}-1`, container: name },
      3e8,
    ),
  ]),
  stays("kube_pod_status_unschedulable", wbot({ pod: "wbot-ai-1" }), 0),
  stays(
    "kube_pod_container_status_waiting_reason",
    wbot({ pod: "wbot-ai-1", container: "wbot-ai", reason: "CrashLoopBackOff" }),
    0,
  ),
  // One of them is meant to have no pods.
  ...[2, 0].flatMap((pods) => {
    const labels = { ...KSM, namespace: "traefik", deployment: `traefik-${pods}` };
    return [
      stays("kube_deployment_spec_replicas", labels, pods),
      stays("kube_deployment_status_replicas_available", labels, pods),
    ];
  }),
  stays(
    "kube_statefulset_replicas",
    { ...KSM, namespace: "monitoring", statefulset: "prometheus-kube-prometheus-stack-prometheus" },
    2,
  ),
  stays(
    "kube_statefulset_status_replicas_available",
    { ...KSM, namespace: "monitoring", statefulset: "prometheus-kube-prometheus-stack-prometheus" },
    2,
  ),
  stays(
    "kube_daemonset_status_number_unavailable",
    { ...KSM, namespace: "kube-system", daemonset: "aws-node" },
    0,
  ),
  ...["a", "b"].flatMap((node) => [
    stays("kube_node_status_condition", { ...KSM, node, condition: "Ready", status: "true" }, 1),
    stays("kube_node_status_allocatable", { ...KSM, node, resource: "cpu" }, 2),
    stays("kube_node_status_allocatable", { ...KSM, node, resource: "memory" }, 8e9),
  ]),
  ...["used", "hard"].map((type) =>
    stays(
      "kube_resourcequota",
      wbot({ resourcequota: "wbot", resource: "pods", type }),
      type === "hard" ? 20 : 4,
    ),
  ),
  stays("kubelet_volume_stats_available_bytes", { persistentvolumeclaim: "prometheus-0" }, 2e10),
  stays("kubelet_volume_stats_capacity_bytes", { persistentvolumeclaim: "prometheus-0" }, 3e10),
  stays("http_server_active_requests", { job: "wbot-ai", pod: "wbot-ai-1" }, 6),
  ...["1", "10", "30", "+Inf"].map((le) =>
    counts("gen_ai_client_operation_time_to_first_chunk_seconds_bucket", { job: "wbot-ai", le }, 5),
  ),
  counts("gen_ai_client_operation_time_to_first_chunk_seconds_count", { job: "wbot-ai" }, 5),
  counts("gen_ai_client_token_usage_sum", { job: "wbot-ai", gen_ai_token_type: "output" }, 900),
  ...["done", "left", "error"].map((outcome) =>
    counts("wbot_streams_total", { job: "wbot-ai", outcome }, outcome === "error" ? 0 : 5),
  ),
];

/** The healthy series with some of them changed. @param changes by name, and by labels where there are several */
export function changed(
  changes: readonly (readonly [name: string, labels: Series["labels"], change: Partial<Series> | "gone"])[],
): Series[] {
  return HEALTHY.flatMap((series) => {
    const [, , change] =
      changes.find(
        ([name, labels]) =>
          name === series.name &&
          Object.entries(labels).every(([key, value]) => series.labels[key] === value),
      ) ?? [];
    if (change === "gone") return [];
    return [{ ...series, ...change }];
  });
}

export function written({ name, labels }: Series): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(",")}}`;
}
