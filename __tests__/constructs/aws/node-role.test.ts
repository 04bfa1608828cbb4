import { synth, target } from "../../synth";

it("only lets nodes join the cluster and pull images: pods have their own roles", () => {
  const { infra } = synth("prod");
  const role = infra.one("aws_iam_role", "node-role");
  const policies = [...infra.of("aws_iam_role_policy_attachment"), ...infra.of("aws_iam_role_policy")].filter(
    ({ body }) => target(infra, body["role"]) === role,
  );
  expect(policies.map(({ body }) => body["policy_arn"] as string).sort()).toEqual([
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
  ]);
});
