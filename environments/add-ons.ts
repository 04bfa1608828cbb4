/** Every cluster's EKS add-ons, in the order they are created and upgraded in; the last four need nodes. */
export const ADD_ON_NAMES = [
  "eks-pod-identity-agent",
  "kube-proxy",
  "vpc-cni",
  "coredns",
  "metrics-server",
  "aws-ebs-csi-driver",
  "eks-node-monitoring-agent",
] as const;

/**
 * Oldest versions that may run, and why. EKS creates an add-on in its default version, and never raises it.
 *
 * vpc-cni: the fix was merged on 2026-08-10, and this is the first release that was prepared after it. That it has the fix
 * follows from the dates: no release notes say so yet.
 *
 * @see https://github.com/aws/aws-network-policy-agent/issues/462
 */
export const FLOORS: Readonly<
  Partial<Record<AddOnName, { readonly version: string; readonly why: string }>>
> = {
  "vpc-cni": {
    version: "v1.23.1",
    why: "its network policy agent denies return packets of live connections after pods or policies change: streams are cut",
  },
};

/** Whether a version such as "v1.21.1-eksbuild.3" is older than another; one without a build is older than its builds. */
export function isOlder(version: string, than: string): boolean {
  const [one, other] = [version, than].map(numbersOf);
  const index = [0, 1, 2, 3].find((part) => one?.[part] !== other?.[part]);
  return index !== undefined && (one?.[index] ?? 0) < (other?.[index] ?? 0);
}

/** Major, minor, patch and EKS's build: a release of Bottlerocket ends with a commit instead, which has no order. */
function numbersOf(version: string): number[] {
  const [major = 0, minor = 0, patch = 0] = (version.match(/\d+/g) ?? []).map(Number);
  return [major, minor, patch, Number(/-eksbuild\.(\d+)$/.exec(version)?.[1] ?? 0)];
}

export type AddOnName = (typeof ADD_ON_NAMES)[number];
