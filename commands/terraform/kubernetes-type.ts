/** Kinds by API group; all others in use are in the core group. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  apps: ["DaemonSet", "Deployment", "StatefulSet"],
  autoscaling: ["HorizontalPodAutoscaler"],
  batch: ["CronJob", "Job"],
  "networking.k8s.io": ["Ingress", "IngressClass", "NetworkPolicy"],
  policy: ["PodDisruptionBudget"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["StorageClass"],
};

const TYPE = /^kubernetes_(?<name>[a-z_]+)_(?<version>v\d+(?:(?:alpha|beta)\d+)?)$/;

/**
 * What a type of Terraform's Kubernetes provider creates: "kubernetes_deployment_v1" a Deployment of apps/v1. Undefined for
 * kubernetes_manifest, whose kind is in its manifest, and for types that create no object, such as kubernetes_labels.
 */
export function typedKind(type: string): { readonly apiVersion: string; readonly kind: string } | undefined {
  const { name, version = "" } = TYPE.exec(type)?.groups ?? {};
  if (name === undefined) return undefined;
  const kind = name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const group = Object.keys(GROUPS).find((each) => GROUPS[each]?.includes(kind));
  return { apiVersion: group === undefined ? version : `${group}/${version}`, kind };
}
