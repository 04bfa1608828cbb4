/** Every cluster's EKS add-ons, in the order they are created and upgraded in; the last three need nodes. */
export const ADD_ON_NAMES = [
  "eks-pod-identity-agent",
  "kube-proxy",
  "vpc-cni",
  "coredns",
  "metrics-server",
  "aws-ebs-csi-driver",
] as const;

export type AddOnName = (typeof ADD_ON_NAMES)[number];
