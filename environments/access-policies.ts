import { partitionOf } from "./region";

/**
 * ARNs of EKS's access policies, by the setting of `access` whose principals get them. The view policy corresponds to
 * Kubernetes' ClusterRole `view`, which excludes Secrets.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
 */
export function accessPolicies(region: string): Readonly<Record<"admins" | "viewers", string>> {
  const arn = (name: string) => `arn:${partitionOf(region)}:eks::aws:cluster-access-policy/${name}`;
  return { admins: arn("AmazonEKSClusterAdminPolicy"), viewers: arn("AmazonEKSViewPolicy") };
}
