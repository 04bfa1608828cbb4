import { synth, target } from "../../synth";

const ACCOUNT = "111122223333";
const { infra } = synth("prod", { account: ACCOUNT });
const { body } = infra.one("aws_cloudwatch_metric_alarm", "node-group-alarm/");

it("goes off when EKS has issues at two checks in a row, and notifies when the check stops", () => {
  expect(body).toMatchObject({
    metric_name: "NodeGroupIssues",
    statistic: "Minimum",
    // Two checks, one of them late.
    period: 25 * 60,
    evaluation_periods: 1,
    comparison_operator: "GreaterThanThreshold",
    threshold: 0,
    insufficient_data_actions: body["alarm_actions"],
  });
  expect(body).not.toHaveProperty("dimensions");
});

it("asks for both groups, by the names that EKS gave them", () => {
  const groups = infra.of("aws_eks_node_group").map(({ address }) => `${address}.node_group_name`);
  expect(groups).toHaveLength(2);
  const sent = String(infra.one("aws_cloudwatch_event_target", "node-group-alarm/").body["input"]);
  expect(sent).toContain(`"cluster" = "wbot-prod"`);
  expect(sent).toContain(`"nodeGroups" = [${groups.join(", ")}]`);
});

it("may read this cluster's node groups only", () => {
  const policy = infra.one("aws_iam_role_policy", "node-group-alarm/role-read-policy");
  expect(target(infra, policy.body["policy"]).body["statement"]).toEqual([
    {
      sid: "DescribeNodeGroups",
      actions: ["eks:DescribeNodegroup"],
      resources: [`arn:aws:eks:us-east-1:${ACCOUNT}:nodegroup/wbot-prod/*`],
    },
  ]);
});

it("says what to run first", () => {
  expect(body["alarm_description"]).toContain(
    "First run: aws logs tail /aws/lambda/wbot-prod-node-groups-check --region us-east-1 --since 1h",
  );
});

it("exists where somebody gets mail", () => {
  expect(
    synth("dev")
      .infra.of("aws_lambda_function")
      .map(({ path }) => path),
  ).not.toContain("node-group-alarm/function");
});
