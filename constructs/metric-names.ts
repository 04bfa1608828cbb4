/**
 * Every metric that rules and dashboards use; a test enforces that. It also determines which metrics Prometheus keeps of
 * kubelet, cAdvisor and kube-state-metrics, which export thousands of series that nobody looks at.
 */

/** Who exports metrics, and where their names are documented. */
export const SOURCES = {
  prometheus: "https://prometheus.io/docs/concepts/jobs_instances/ and /metrics of Prometheus 3",
  alertmanager: "https://github.com/prometheus/alertmanager/blob/main/notify/notify.go",
  traefik: "https://doc.traefik.io/traefik/reference/install-configuration/observability/metrics/",
  "cert-manager": "https://cert-manager.io/docs/devops-tips/prometheus-metrics/",
  "external-secrets": "https://external-secrets.io/latest/api/metrics/",
  alloy:
    "https://grafana.com/docs/alloy/latest/reference/components/loki/loki.write/ and https://github.com/open-telemetry/opentelemetry-collector/blob/main/exporter/exporterhelper/documentation.md",
  "kube-state-metrics": "https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics",
  cadvisor: "https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md",
  kubelet: "https://kubernetes.io/docs/reference/instrumentation/metrics/",
  app: "docs/observability.md",
} as const;
export type Source = keyof typeof SOURCES;

export const METRICS = {
  up: "prometheus",
  ALERTS: "prometheus",
  prometheus_tsdb_head_series: "prometheus",
  prometheus_remote_storage_samples_failed_total: "prometheus",
  prometheus_remote_storage_queue_highest_sent_timestamp_seconds: "prometheus",
  alertmanager_notifications_failed_total: "alertmanager",

  traefik_router_requests_total: "traefik",
  traefik_router_requests_tls_total: "traefik",
  traefik_router_request_duration_seconds_bucket: "traefik",
  traefik_router_request_duration_seconds_count: "traefik",
  traefik_open_connections: "traefik",

  certmanager_certificate_expiration_timestamp_seconds: "cert-manager",
  certmanager_certificate_ready_status: "cert-manager",
  externalsecret_status_condition: "external-secrets",
  otelcol_exporter_sent_log_records_total: "alloy",
  otelcol_exporter_send_failed_log_records_total: "alloy",
  loki_write_sent_entries_total: "alloy",
  loki_write_dropped_entries_total: "alloy",
  process_start_time_seconds: "alloy",

  kube_daemonset_status_number_unavailable: "kube-state-metrics",
  kube_deployment_spec_replicas: "kube-state-metrics",
  kube_deployment_status_replicas_available: "kube-state-metrics",
  kube_horizontalpodautoscaler_spec_max_replicas: "kube-state-metrics",
  kube_horizontalpodautoscaler_spec_min_replicas: "kube-state-metrics",
  kube_horizontalpodautoscaler_status_current_replicas: "kube-state-metrics",
  kube_node_status_allocatable: "kube-state-metrics",
  kube_node_status_condition: "kube-state-metrics",
  kube_pod_container_resource_requests: "kube-state-metrics",
  kube_pod_container_status_restarts_total: "kube-state-metrics",
  kube_pod_container_status_waiting_reason: "kube-state-metrics",
  kube_pod_status_unschedulable: "kube-state-metrics",
  kube_resourcequota: "kube-state-metrics",
  kube_statefulset_replicas: "kube-state-metrics",
  kube_statefulset_status_replicas_available: "kube-state-metrics",

  container_cpu_usage_seconds_total: "cadvisor",
  container_memory_working_set_bytes: "cadvisor",
  kubelet_volume_stats_available_bytes: "kubelet",
  kubelet_volume_stats_capacity_bytes: "kubelet",

  http_server_active_requests: "app",
  gen_ai_client_operation_time_to_first_chunk_seconds_bucket: "app",
  gen_ai_client_operation_time_to_first_chunk_seconds_count: "app",
  gen_ai_client_token_usage_sum: "app",
  wbot_streams_total: "app",
} as const satisfies Record<string, Source>;

/** Names of a source's metrics. */
export function metricsOf(source: Source): string[] {
  return Object.entries(METRICS).flatMap(([name, from]) => (from === source ? [name] : []));
}
