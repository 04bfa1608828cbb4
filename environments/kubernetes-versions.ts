/** A minor version of Kubernetes on EKS. */
export interface KubernetesVersion {
  /** Day (UTC) on which EKS's standard support ends; EKS then upgrades the cluster automatically. */
  readonly standardSupportEnds: string;
  /** Image tag of the cluster-autoscaler, which must match the cluster's minor version. */
  readonly clusterAutoscaler: string;
}

/** The versions that this project can deploy: to add one, add a row. */
export const KUBERNETES_VERSIONS = {
  "1.35": { standardSupportEnds: "2027-03-27", clusterAutoscaler: "v1.35.0" },
  "1.36": { standardSupportEnds: "2027-08-02", clusterAutoscaler: "v1.36.1" },
} as const satisfies Record<string, KubernetesVersion>;

export const VERSIONS = Object.keys(KUBERNETES_VERSIONS) as [
  keyof typeof KUBERNETES_VERSIONS,
  ...(keyof typeof KUBERNETES_VERSIONS)[],
];
