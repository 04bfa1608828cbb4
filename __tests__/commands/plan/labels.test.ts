import { labelsOf } from "../../../commands/plan/labels";

it.each([
  ["aws_iam_role_policy", [], ["iam"]],
  ["aws_eks_access_entry", [], ["iam"]],
  ["aws_s3_bucket_policy", [], ["iam"]],
  ["kubernetes_service_account_v1", [], ["iam"]],
  ["aws_sqs_queue", ["permissions_boundary"], ["iam"]],
  ["kubernetes_network_policy_v1", [], ["network"]],
  ["Service", [], ["network"]],
  ["aws_secretsmanager_secret", [], ["secret"]],
  ["ExternalSecret", [], ["secret"]],
  ["aws_eks_cluster", ["vpc_config[0].public_access_cidrs"], ["network"]],
  ["aws_sqs_queue", ["a"], []],
  ["aws_sqs_queue", ["policy"], ["iam"]],
  ["aws_sqs_queue", ["policy.Statement[0].Action"], ["iam"]],
  ["aws_ecr_lifecycle_policy", ["policy.rules[0].selection.countNumber"], []],
  // Seen in a plan: an autoscaler's policies grant nothing.
  ["kubernetes_horizontal_pod_autoscaler_v2", ["spec[0].scale_down[0].policy[0].value"], []],
])("marks what touches rights, network or secrets: %s %j", (type, differing, labels) => {
  expect(labelsOf(type, differing)).toEqual(labels);
});
