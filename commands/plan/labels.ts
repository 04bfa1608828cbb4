import type { Label } from "./change";

const LABELS: readonly (readonly [Label, RegExp])[] = [
  [
    "iam",
    /^aws_iam_|_policy_attachment$|^aws_eks_(access_|pod_identity_)|^aws_(lambda_permission|sns_topic_policy|s3_bucket_policy|ecr_repository_policy)$|^kubernetes_((cluster_)?role|service_account)/,
  ],
  [
    "network",
    /security_group|network_(policy|acl|interface)|^aws_(vpc|subnet|route|eip$|lb|nat_gateway|internet_gateway|default_)|^kubernetes_(service(_v1)?$|ingress)|^(Middleware|IngressRoute|Service)/,
  ],
  [
    "secret",
    /secret|^random_password|^aws_kms_|^aws_elasticache_user|^(ExternalSecret|SecretStore|ClusterSecretStore|Certificate|Issuer|ClusterIssuer)$/,
  ],
];

/** Arguments of any resource that decide who may do or reach what. */
const LABELLED_ARGUMENTS: readonly (readonly [Label, RegExp])[] = [
  [
    "iam",
    // At the top level a policy is an IAM document; deeper down it belongs to an autoscaler or a lifecycle rule.
    /(^|[._])(role_arn|assume_role_policy|permissions_boundary|access_config|service_account_name)\b|^policy$/,
  ],
  [
    "network",
    /cidr|security_group|subnet_ids|endpoint_(public|private)_access|host_network|(^|[._])ports?\b/,
  ],
  ["secret", /kms_key|key_arn|secret|password/],
];

/** What a reviewer should look at twice: by type, and by the arguments that differ. */
export function labelsOf(type: string, differing: readonly string[]): Label[] {
  return LABELS.map(([label]) => label).filter(
    (label) =>
      matches(LABELS, label, type) || differing.some((path) => matches(LABELLED_ARGUMENTS, label, path)),
  );
}

function matches(rules: readonly (readonly [Label, RegExp])[], label: Label, text: string): boolean {
  return rules.some(([each, pattern]) => each === label && pattern.test(text));
}
