import type { Label } from "./change";

/** What a reviewer should look at twice: types, and arguments of any type that decide who may do or reach what. */
const LABELS: Readonly<Record<Label, { readonly types: RegExp; readonly arguments: RegExp }>> = {
  iam: {
    types:
      /^aws_iam_|_policy_attachment$|^aws_eks_(access_|pod_identity_)|^aws_(lambda_permission|sns_topic_policy|s3_bucket_policy|ecr_repository_policy)$|^kubernetes_((cluster_)?role|service_account)/,
    // At the top level a policy is an IAM document; deeper down it belongs to an autoscaler or a lifecycle rule.
    arguments:
      /(^|[._])(role_arn|assume_role_policy|permissions_boundary|access_config|service_account_name)\b|^policy(\.Statement\b|$)/,
  },
  network: {
    types:
      /security_group|network_(policy|acl|interface)|^aws_(vpc|subnet|route|eip$|lb|nat_gateway|internet_gateway|default_)|^kubernetes_(service(_v1)?$|ingress)|^(Middleware|IngressRoute|Service)/,
    arguments:
      /cidr|security_group|subnet_ids|endpoint_(public|private)_access|host_network|(^|[._])ports?\b/,
  },
  secret: {
    types:
      /secret|^random_password|^aws_kms_|^aws_elasticache_user|^(ExternalSecret|SecretStore|ClusterSecretStore|Certificate|Issuer|ClusterIssuer)$/,
    arguments: /kms_key|key_arn|secret|password/,
  },
};

/** Labels of a change, by its type and the paths of the arguments that differ. */
export function labelsOf(type: string, differing: readonly string[]): Label[] {
  return (Object.keys(LABELS) as Label[]).filter(
    (label) => LABELS[label].types.test(type) || differing.some((path) => LABELS[label].arguments.test(path)),
  );
}
