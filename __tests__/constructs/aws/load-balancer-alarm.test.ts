import { synth } from "../../synth";

const { app } = synth("prod");
const { body } = app.one("aws_cloudwatch_metric_alarm", "load-balancer-alarm/");

it("goes off when no zone has a healthy target for three minutes, or nothing is measured", () => {
  expect(body).toMatchObject({
    namespace: "AWS/NetworkELB",
    metric_name: "HealthyHostCount",
    statistic: "Maximum",
    period: 60,
    evaluation_periods: 3,
    comparison_operator: "LessThanThreshold",
    threshold: 1,
    treat_missing_data: "breaching",
  });
});

it("watches this environment's load balancer and its targets of HTTPS, found by name", () => {
  const balancer = app.one("data.aws_lb");
  const listener = app.one("data.aws_lb_listener");
  expect(balancer.body["name"]).toBe("wbot-prod");
  expect(listener.body).toMatchObject({ load_balancer_arn: `\${${balancer.address}.arn}`, port: 443 });
  expect(body["dimensions"]).toEqual({
    LoadBalancer: `\${${balancer.address}.arn_suffix}`,
    // CloudWatch wants "targetgroup/<name>/<id>", the last of an ARN's six parts.
    TargetGroup: `\${element(split(":", ${listener.address}.default_action[0].target_group_arn), 5)}`,
  });
});

it("says what to run first", () => {
  expect(body["alarm_description"]).toContain("First run: kubectl get pods -n traefik -o wide");
});
