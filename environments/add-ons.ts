/** EKS's add-ons that every cluster has, in the order in which they are made and upgraded; the last three need nodes. */
export const ADD_ON_NAMES = [
  "eks-pod-identity-agent",
  "kube-proxy",
  "vpc-cni",
  "coredns",
  "metrics-server",
  "aws-ebs-csi-driver",
] as const;

export type AddOnName = (typeof ADD_ON_NAMES)[number];
