import type { Settings } from "./schema";

/**
 * Requests of pods that no setting decides, shared by the constructs that set them and by `stacks/capacity.ts`.
 */

/** A pod's CPU and memory requests, as Kubernetes quantities. */
export interface Requests {
  readonly cpu: string;
  readonly memory: string;
}

/**
 * EKS's add-ons as EKS ships them. They run on any node: no setting here places them.
 *
 * @see https://github.com/coredns/deployment `kubernetes/coredns.yaml.sed`
 * @see https://github.com/kubernetes-sigs/metrics-server `charts/metrics-server/values.yaml`
 * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver `charts/aws-ebs-csi-driver/values.yaml`: 10m and 40Mi a
 * container; driver, provisioner, attacher, snapshotter, resizer and liveness probe
 */
export const ADD_ONS = {
  coredns: { cpu: "100m", memory: "70Mi" },
  "metrics-server": { cpu: "100m", memory: "200Mi" },
  "ebs-csi-controller": { cpu: "60m", memory: "240Mi" },
} as const satisfies Record<string, Requests>;

/**
 * DaemonSets. The Pod Identity agent requests nothing, and kube-proxy and aws-node request no memory. EKS publishes no
 * manifest of kube-proxy: its 100m is what clusters show (`kubectl -n kube-system describe ds kube-proxy`).
 *
 * @see https://github.com/aws/amazon-vpc-cni-k8s `config/master/aws-k8s-cni.yaml`: aws-node and its network policy
 * agent, 25m each
 * @see https://github.com/aws/eks-pod-identity-agent `charts/eks-pod-identity-agent/values.yaml`
 * @see https://github.com/kubernetes-sigs/aws-ebs-csi-driver as above; driver, registrar and liveness probe
 * @see https://github.com/aws/eks-node-monitoring-agent `charts/eks-node-monitoring-agent/values.yaml`
 */
export const DAEMONS = {
  "aws-node": { cpu: "50m", memory: "0" },
  "kube-proxy": { cpu: "100m", memory: "0" },
  "eks-pod-identity-agent": { cpu: "0", memory: "0" },
  "ebs-csi-node": { cpu: "30m", memory: "120Mi" },
  "eks-node-monitoring-agent": { cpu: "10m", memory: "30Mi" },
} as const satisfies Record<string, Requests>;

/** The in-cluster Redis, one pod. */
export const IN_CLUSTER_REDIS = {
  cpu: { request: "100m", limit: "500m" },
  memory: { request: "128Mi", limit: "512Mi" },
} as const;

/** Pods of each add-on. */
export function addOnReplicas(name: keyof typeof ADD_ONS, { platform }: Pick<Settings, "platform">): number {
  // With a single pod, DNS would be down while it moves.
  return name === "coredns" ? Math.max(2, platform.replicas) : platform.replicas;
}

/**
 * Pods of a workload during a rollout, which the quota and the nodes must have room for: when the last new pod starts,
 * every old one may still be draining its streams, and keeps its room until it is gone. The same goes for the front
 * end: ten of its pods become ready within the 50 s that one may take to terminate. If new pods had to wait for the old
 * ones' room, a rollout would take one drain per wave, up to 9 minutes each, and time out.
 */
export function podsInRollout(pods: number): number {
  return 2 * pods;
}
