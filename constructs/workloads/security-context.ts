/** What restricted pod security requires of a pod. `user` is a number: the kubelet can't resolve names. */
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
 * The same for a container, with a read-only root. It repeats the pod's settings, because the provider sends `false` if
 * a container leaves out `runAsNonRoot`, which the namespace rejects.
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
