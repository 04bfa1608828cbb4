import { MONITORING } from "../../environments/names";
import { boundRole } from "./rbac";

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
    ...bound({ name: PROMETHEUS }, [
      core(["nodes", "nodes/metrics", "services", "endpoints", "pods"], READ),
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
      { nonResourceURLs: ["/metrics", "/metrics/cadvisor"], verbs: ["get"] },
    ]),
    ...bound({ name: OPERATOR }, [
      core(["nodes"], ["list", "watch"]),
      core(["namespaces"], READ),
      // It emits no events at all unless it may do so everywhere.
      { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["patch", "create"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"] },
    ]),
    ...bound({ name: OPERATOR, namespace: MONITORING }, [
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
    ...bound({ name: GRAFANA, namespace: MONITORING }, [core(["configmaps"], READ)]),
  ];
}

function core(resources: string[], verbs: string[]): Rule {
  return { apiGroups: [""], resources, verbs };
}

/** For a service account of the same name: in the cluster, or in one namespace. */
function bound(
  { name, ...place }: { readonly name: string; readonly namespace?: string },
  rules: readonly Rule[],
): object[] {
  return boundRole({ name: `${MONITORING}-${name}`, ...place }, { name, namespace: MONITORING }, rules);
}
