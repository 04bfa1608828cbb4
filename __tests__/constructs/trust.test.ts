import { synth, target } from "../synth";

const ASSUME = ["sts:AssumeRole"];
const { infra } = synth("prod", { domain: { hostedZoneId: "Z0000000000EXAMPLE" } });

/** What may assume a role, and how. */
const trustOf = (path: string) =>
  target(infra, infra.one("aws_iam_role", path).body["assume_role_policy"]).body["statement"] as unknown;

it.each([
  ["cluster/role", "eks.amazonaws.com"],
  ["node-role/role", "ec2.amazonaws.com"],
  ["network/flow-log-role", "vpc-flow-logs.amazonaws.com"],
])("lets %s be assumed by %s alone", (path, service) => {
  expect(trustOf(path)).toEqual([
    { principals: [{ type: "Service", identifiers: [service] }], actions: ASSUME },
  ]);
});

it("lets Pod Identity, and nothing else, assume and tag the roles of pods", () => {
  const controllers = infra
    .of("aws_iam_role")
    .filter(({ path }) => path.endsWith("-role/role") && path !== "node-role/role");
  expect(controllers.map(({ path }) => path).sort()).toEqual([
    "alertmanager-role/role",
    "cert-manager-role/role",
    "cluster-autoscaler-role/role",
    "ebs-csi-role/role",
    "external-secrets-role/role",
    "vpc-cni-role/role",
  ]);
  for (const { path } of controllers) {
    expect(trustOf(path)).toEqual([
      {
        principals: [{ type: "Service", identifiers: ["pods.eks.amazonaws.com"] }],
        actions: [...ASSUME, "sts:TagSession"],
      },
    ]);
  }
});
