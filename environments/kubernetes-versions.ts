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

/** Why a cluster can't change from one version to another, and the version it can change to; undefined if it can. */
export function refusedStep(
  running: string,
  wanted: string,
): { readonly why: string; readonly instead: string } | undefined {
  const minor = (version: string) => Number(version.split(".")[1]);
  const ahead = minor(wanted) - minor(running);
  // EKS can, for seven days after an upgrade, but only once the nodes went back: an order that Terraform doesn't have.
  if (ahead === -1)
    return {
      why: `the cluster runs ${running}, and no deploy takes it back to ${wanted}; only the steps under "Back, within seven days" in docs/runbooks/upgrade.md do`,
      instead: running,
    };
  if (ahead < 0)
    return { why: `the cluster runs ${running}, and EKS can't downgrade it to ${wanted}`, instead: running };
  if (ahead > 1)
    return {
      why: `the cluster runs ${running}, and EKS upgrades one minor version at a time, not to ${wanted}`,
      instead: `1.${minor(running) + 1}`,
    };
  return undefined;
}
