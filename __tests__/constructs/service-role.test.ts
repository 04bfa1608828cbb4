import { synth, target } from "../synth";

const ASSUME = ["sts:AssumeRole"];
const { infra } = synth("prod", {
  account: "111122223333",
  domain: { hostedZoneId: "Z0000000000EXAMPLE" },
});

/** What may assume a role, and how. */
const trustOf = (path: string) =>
  target(infra, infra.one("aws_iam_role", path).body["assume_role_policy"]).body["statement"] as unknown;

/** In this account, and for one resource of it. */
const from = (account: string, resource?: string) => [
  { test: "StringEquals", variable: "aws:SourceAccount", values: [account] },
  ...(resource === undefined
    ? []
    : [{ test: "ArnLike", variable: "aws:SourceArn", values: [`arn:aws:${resource}`] }]),
];
const CLUSTER = "eks:us-east-1:111122223333:cluster/wbot-prod";

it.each([
  ["cluster/role", "eks.amazonaws.com", CLUSTER],
  ["network/flow-log-role", "vpc-flow-logs.amazonaws.com", "ec2:us-east-1:111122223333:vpc-flow-log/*"],
  ["node-group-alarm/role", "lambda.amazonaws.com", undefined],
])("lets %s be assumed by %s alone, on this account's behalf", (path, service, resource) => {
  expect(trustOf(path)).toEqual([
    {
      principals: [{ type: "Service", identifiers: [service] }],
      actions: ASSUME,
      condition: from("111122223333", resource),
    },
  ]);
});

it("says on whose behalf of every role but the nodes', since EC2 names neither account nor instance", () => {
  const open = infra
    .of("aws_iam_role")
    .filter(({ path }) => !JSON.stringify(trustOf(path)).includes("aws:SourceAccount"));
  expect(open.map(({ path }) => path)).toEqual(["node-role/role"]);
});

it("lets Pod Identity, and nothing else, assume and tag the roles of pods", () => {
  const controllers = infra
    .of("aws_iam_role")
    .filter(({ path }) => path.endsWith("-role/role") && path !== "node-role/role");
  expect(controllers.length).toBeGreaterThan(4);
  for (const { path } of controllers) {
    expect(trustOf(path)).toEqual([
      {
        principals: [{ type: "Service", identifiers: ["pods.eks.amazonaws.com"] }],
        actions: [...ASSUME, "sts:TagSession"],
        condition: from("111122223333", CLUSTER),
      },
    ]);
  }
});
