/** What restricted pod security requires of a pod. `user` is a number: the kubelet can't resolve names. */
export function restrictedPod(user: string) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: "RuntimeDefault" },
    sysctl: KEEPALIVE,
  };
}

/**
 * A NAT gateway drops a connection that was idle for 350 seconds, and the first request after that fails. These settings
 * probe such a connection in time, if the client enables keepalive (SO_KEEPALIVE); Linux's default, 7,200 seconds, is too
 * late. Restricted pod security allows them.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
 */
const KEEPALIVE = [
  { name: "net.ipv4.tcp_keepalive_time", value: "120" },
  { name: "net.ipv4.tcp_keepalive_intvl", value: "30" },
  { name: "net.ipv4.tcp_keepalive_probes", value: "4" },
];

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
