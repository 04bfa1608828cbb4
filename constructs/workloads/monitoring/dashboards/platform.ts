import { NAMESPACE } from "../../../../environments/names";
import { dashboard, graph, stat } from "./panels";

/** Nodes, pods and controllers: where to look once the overview shows that something is wrong. */
export function platform() {
  const ours = `namespace="${NAMESPACE}"`;
  const asked = (resource: string) =>
    `sum(kube_pod_container_resource_requests{resource="${resource}"}) / sum(kube_node_status_allocatable{resource="${resource}"})`;
  return dashboard("wbot-platform", "wbot: the platform", [
    stat({
      title: "Nodes not ready",
      about: "Runbook: zone-lost.",
      unit: "short",
      expr: 'count(kube_node_status_condition{condition="Ready",status="true"} == 0) or vector(0)',
      bad: 1,
    }),
    stat({
      title: "Pods without a node",
      about: "Pods that the scheduler found no node for. Runbook: node-group-stuck.",
      unit: "short",
      expr: "count(max by (namespace, pod) (kube_pod_status_unschedulable) > 0) or vector(0)",
      bad: 1,
    }),
    stat({
      title: "Targets down",
      about: "What Prometheus can't scrape. Runbook: metrics-missing.",
      unit: "short",
      expr: "count(up == 0) or vector(0)",
      bad: 1,
    }),
    stat({
      title: "Secrets not synced",
      about: "Runbook: secret.",
      unit: "short",
      expr: 'count(externalsecret_status_condition{condition="Ready",status="False"} == 1) or vector(0)',
      bad: 1,
    }),
    graph({
      title: "CPU of the product's pods",
      about: "In cores.",
      unit: "short",
      queries: [
        {
          expr: `sum by (pod) (rate(container_cpu_usage_seconds_total{${ours}}[$__rate_interval]))`,
          legend: "{{pod}}",
        },
      ],
    }),
    graph({
      title: "Memory of the product's pods",
      about: "A pod at its limit is killed.",
      unit: "bytes",
      queries: [{ expr: `sum by (pod) (container_memory_working_set_bytes{${ours}})`, legend: "{{pod}}" }],
    }),
    graph({
      title: "Room on the nodes",
      about: "Share of the nodes' allocatable resources that pods request. At 1, new pods wait for a node.",
      unit: "percentunit",
      queries: [
        { expr: asked("cpu"), legend: "CPU" },
        { expr: asked("memory"), legend: "memory" },
      ],
    }),
    graph({
      title: "Restarts",
      about: "In the last hour, of any container. Runbook: pods-not-ready.",
      unit: "short",
      queries: [
        {
          expr: "sum by (namespace, container) (increase(kube_pod_container_status_restarts_total[1h])) > 0",
          legend: "{{namespace}}/{{container}}",
        },
      ],
    }),
    graph({
      title: "Quota used",
      about: "Of the product's namespace. Above 0.9, a rollout doesn't fit.",
      unit: "percentunit",
      queries: [
        {
          expr: `kube_resourcequota{${ours},type="used"} / on (namespace, resourcequota, resource) group_left kube_resourcequota{${ours},type="hard"}`,
          legend: "{{resource}}",
        },
      ],
    }),
    graph({
      title: "Connections at Traefik",
      about: "TCP connections by entry point: a browser keeps one, and streams share it.",
      unit: "short",
      queries: [{ expr: "sum by (entrypoint) (traefik_open_connections)", legend: "{{entrypoint}}" }],
    }),
    graph({
      title: "Monitoring: series",
      about: "What Prometheus holds: it determines memory use and a vendor's bill.",
      unit: "short",
      queries: [{ expr: "prometheus_tsdb_head_series", legend: "{{pod}}" }],
    }),
    graph({
      title: "Monitoring: room on volumes",
      about: "Share that is free.",
      unit: "percentunit",
      queries: [
        {
          expr: "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes",
          legend: "{{persistentvolumeclaim}}",
        },
      ],
    }),
    graph({
      title: "Monitoring: mails that failed",
      about: "Alerts that Alertmanager could not publish. Runbook: metrics-missing.",
      unit: "short",
      queries: [
        {
          expr: "sum by (integration, reason) (increase(alertmanager_notifications_failed_total[1h]))",
          legend: "{{integration}}: {{reason}}",
        },
      ],
    }),
  ]);
}
