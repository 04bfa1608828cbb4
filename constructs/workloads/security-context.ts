/** What restricted pod security asks of a pod that runs as one user and group, a number, as kubelet can't look up names. */
export function restrictedPod(user: string) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/**
 * The same of a container, and a read-only root. It repeats what the pod says, because the provider sends `false` for a
 * `runAsNonRoot` that a container leaves out, which the namespace refuses.
 */
export function restrictedContainer(user: string) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}
