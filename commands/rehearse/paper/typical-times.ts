/**
 * How long AWS and Kubernetes typically take to create a resource, in seconds. Not measured for this project: rounded from
 * what `terraform apply` reported in public logs of 2024 to 2026 ("Creation complete after …"), looked up in November
 * 2026: an EKS cluster 8 to 9½ min, a node group 1¾ to 2¾ min, a NAT gateway 1½ to 2 min, a network load balancer 2½ min,
 * a replication group of ElastiCache 6 to 9 min, an add-on 15 to 60 s, a Helm release 20 to 60 s. They depend on region,
 * instance types and images.
 */
const SECONDS: Readonly<Record<string, number>> = {
  aws_eks_cluster: 540,
  aws_elasticache_replication_group: 480,
  aws_elasticache_user_group: 60,
  aws_lb: 150,
  aws_eks_node_group: 120,
  aws_nat_gateway: 110,
  aws_eks_addon: 45,
  aws_route53_record: 35,
  aws_vpc_endpoint: 20,
  aws_lambda_function: 15,
  aws_internet_gateway: 5,
  aws_subnet: 10,
  aws_iam_role: 5,
  aws_vpc: 10,
  helm_release: 60,
  kubernetes_deployment_v1: 60,
  kubernetes_stateful_set_v1: 60,
  // The wait in constructs/pod-role.ts.
  terraform_data: 15,
};

/** Everything else, by the first word of its type. */
const OF_PROVIDER: Readonly<Record<string, number>> = { aws: 2, kubernetes: 1, helm: 60 };

/** Time until an awaited custom resource is Ready. */
const READY_SECONDS = 15;

/** Seconds that a resource typically takes to create. */
export function typicalSeconds(type: string, body: Readonly<Record<string, unknown>>): number {
  if (type === "kubernetes_manifest" && body["wait"] !== undefined) return READY_SECONDS;
  return SECONDS[type] ?? OF_PROVIDER[type.split("_")[0] ?? ""] ?? 0;
}
