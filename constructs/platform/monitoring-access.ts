import { MONITORING } from "../../environments/names";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];
const ALL = ["*"];

/** Service accounts, as the chart names them. */
const OPERATOR = "kube-prometheus-stack-operator";
const PROMETHEUS = "prometheus";
const GRAFANA = "kube-prometheus-stack-grafana";

type Rule =
  | { apiGroups: string[]; resources: string[]; verbs: string[] }
  | { nonResourceURLs: string[]; verbs: string[] };

/**
 * Roles for the operator, Prometheus and Grafana, instead of the chart's: those let the operator read and write every Secret
 * in the cluster, and Grafana read them. Here, the operator only manages its own namespace. The kubelets' Service is there as
 * well: with rights to the Services of kube-system it could take over the cluster's DNS.
 *
 * @see https://prometheus-operator.dev/docs/platform/rbac/
 */
export function monitoringAccess(): object[] {
  return [
    ...clusterRole(PROMETHEUS, [
      core(["nodes", "nodes/metrics", "services", "endpoints", "pods"], READ),
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
      { nonResourceURLs: ["/metrics", "/metrics/cadvisor"], verbs: ["get"] },
    ]),
    ...clusterRole(OPERATOR, [
      core(["nodes"], ["list", "watch"]),
      core(["namespaces"], READ),
      // It emits no events at all unless it may do so everywhere.
      { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["patch", "create"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
    ]),
    ...role(OPERATOR, MONITORING, [
      { apiGroups: ["monitoring.coreos.com"], resources: ALL, verbs: ALL },
      { apiGroups: ["apps"], resources: ["statefulsets"], verbs: ALL },
      core(["configmaps", "secrets"], ALL),
      core(["pods"], ["list", "delete"]),
      core(["services", "services/finalizers", "endpoints"], ["get", "create", "update", "delete"]),
      {
        apiGroups: ["discovery.k8s.io"],
        resources: ["endpointslices"],
        verbs: [...READ, "create", "update", "delete"],
      },
    ]),
    ...role(GRAFANA, MONITORING, [core(["configmaps"], READ)]),
  ];
}

function core(resources: string[], verbs: string[]): Rule {
  return { apiGroups: [""], resources, verbs };
}

function clusterRole(account: string, rules: Rule[]): object[] {
  const metadata = { name: `${MONITORING}-${account}` };
  return [
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata, rules },
    binding("ClusterRole", metadata, account),
  ];
}

function role(account: string, namespace: string, rules: Rule[]): object[] {
  const metadata = { name: `${MONITORING}-${account}`, namespace };
  return [{ apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules }, binding("Role", metadata, account)];
}

function binding(kind: "Role" | "ClusterRole", metadata: { readonly name: string }, account: string): object {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: RBAC, kind, name: metadata.name },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: MONITORING }],
  };
}
