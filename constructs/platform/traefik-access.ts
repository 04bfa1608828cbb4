import { NAMESPACE } from "../../environments/names";
import { TRAEFIK } from "../edge";
import { boundRole, type Account } from "./rbac";

const NAME = "traefik";
/** Service account, as the chart names it. */
const ACCOUNT: Account = { name: "traefik", namespace: TRAEFIK.namespace };
const READ = ["get", "list", "watch"];

/** Ingress classes by name, and nodes, whose addresses Traefik looks up for NodePort Services. */
const IN_CLUSTER = [
  { apiGroups: [""], resources: ["nodes"], verbs: READ },
  { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: READ },
];

const IN_NAMESPACE = [
  { apiGroups: [""], resources: ["configmaps", "secrets", "services"], verbs: READ },
  { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: READ },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["update"] },
  {
    apiGroups: ["traefik.io"],
    resources: [
      "ingressroutes",
      "ingressroutetcps",
      "ingressrouteudps",
      "middlewares",
      "middlewaretcps",
      "serverstransports",
      "serverstransporttcps",
      "tlsoptions",
      "tlsstores",
      "traefikservices",
    ],
    verbs: READ,
  },
];

/**
 * Roles for Traefik, which faces the internet, instead of the chart's: the chart's ClusterRole may read every Secret in the
 * cluster, and with `rbac.namespaced` Traefik ignores every Ingress that names its class.
 */
export function traefikAccess(): object[] {
  return [
    ...boundRole({ name: NAME }, ACCOUNT, IN_CLUSTER),
    ...[NAMESPACE, TRAEFIK.namespace].flatMap((namespace) =>
      boundRole({ name: NAME, namespace }, ACCOUNT, IN_NAMESPACE),
    ),
  ];
}
