import { synth, target } from "../synth";

const { infra } = synth("prod");

it.each([
  ["vpc-cni-role", "kube-system", "aws-node"],
  ["ebs-csi-role", "kube-system", "ebs-csi-controller-sa"],
  ["external-secrets-role", "external-secrets", "external-secrets"],
  ["load-balancer-controller-role", "aws-load-balancer-controller", "aws-load-balancer-controller"],
  ["cluster-autoscaler-role", "cluster-autoscaler", "cluster-autoscaler"],
])("gives %s to the pods of %s/%s", (id, namespace, serviceAccount) => {
  const { body } = infra.one("aws_eks_pod_identity_association", id);
  expect(body).toMatchObject({ namespace, service_account: serviceAccount });
  expect(target(infra, body["role_arn"])).toBe(infra.one("aws_iam_role", id));
  expect(target(infra, body["cluster_name"])).toBe(infra.one("aws_eks_cluster"));
});

it("shares no role between service accounts", () => {
  const roles = infra.of("aws_eks_pod_identity_association").map(({ body }) => body["role_arn"] as string);
  expect(new Set(roles).size).toBe(roles.length);
});
