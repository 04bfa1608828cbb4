import type { EnvironmentStack } from "../environment-stack";
import type { Cluster } from "./cluster";
import { PodRole } from "../pod-role";

/** What EKS's add-ons may do in AWS. */

/** Assigns pod addresses. AWS maintains the list of actions, which changes with the plugin. */
export function vpcCniRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "vpc-cni-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "aws-node",
    managedPolicy: "AmazonEKS_CNI_Policy",
  });
}

/** Manages pod volumes. The policy is limited to volumes and snapshots that the driver made and tagged. */
export function ebsCsiRole(stack: EnvironmentStack, cluster: Cluster): PodRole {
  return new PodRole(stack, "ebs-csi-role", {
    cluster,
    namespace: "kube-system",
    serviceAccount: "ebs-csi-controller-sa",
    managedPolicy: "AmazonEBSCSIDriverPolicyV2",
  });
}
