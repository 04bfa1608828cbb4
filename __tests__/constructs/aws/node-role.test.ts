import { stackBoundary } from "../../../constructs/ci/policies/stack-boundary";
import { ciTargetOf } from "../../../constructs/ci/policies/policy";
import { loadEnvironment } from "../../../environments";
import { CI } from "../ci/scope";
import { synth, target, type WrittenStack } from "../../synth";

const policiesOf = (infra: WrittenStack) => {
  const role = infra.one("aws_iam_role", "node-role");
  return [...infra.of("aws_iam_role_policy_attachment"), ...infra.of("aws_iam_role_policy")]
    .filter(({ body }) => target(infra, body["role"]) === role)
    .map(({ body }) => body["policy_arn"] as string)
    .sort();
};

it("only lets nodes join the cluster and pull images: pods have their own roles", () => {
  expect(policiesOf(synth("prod").infra)).toEqual([
    "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
    "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
  ]);
});

it("opens sessions on nodes only where the settings ask for it, within CI's boundary", () => {
  const ssm = { nodes: { ssm: true } };
  expect(policiesOf(synth("prod", ssm).infra)).toContain(
    "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
  );
  const allowed = (overrides: object) =>
    JSON.stringify(
      stackBoundary(ciTargetOf(loadEnvironment("prod", { overrides: { ...CI, ...overrides } }))),
    );
  expect(allowed(ssm)).toContain("ssmmessages:OpenDataChannel");
  expect(allowed({})).not.toContain("ssm");
});
