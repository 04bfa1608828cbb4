import { synth, target, type WrittenStack } from "../../synth";

const alarm = (name: string, id: string) =>
  synth(name).infra.one("aws_cloudwatch_metric_alarm", `certificate-alarm/${id}-`).body;

const alarmsOf = (infra: WrittenStack) =>
  infra.of("aws_cloudwatch_metric_alarm").filter(({ path }) => path.startsWith("certificate-alarm/"));

describe.each(["dev", "staging", "prod", "rehearsal"])("the certificate's alarms of %s", (name) => {
  const { infra } = synth(name);
  const check = infra.one("aws_lambda_function");
  const role = target(infra, check.body["role"]);
  const sent = String(infra.one("aws_cloudwatch_event_target").body["input"]);
  const host = String(alarm(name, "renewal")["dimensions"].Host);

  it.each([
    ["renewal", 25],
    ["expiry", 10],
  ])("go off when less is left than a renewal in time would leave: %s, %d %%", (id, percent) => {
    expect(alarm(name, id)).toMatchObject({
      alarm_name: `wbot-${name}-certificate-${id}-${host}`,
      comparison_operator: "LessThanThreshold",
      threshold: percent,
    });
  });

  it.each(["renewal", "expiry"])("go off when nobody looks, too: %s", (id) => {
    expect(alarm(name, id)["treat_missing_data"]).toBe("breaching");
  });

  it.each(["renewal", "expiry"])("forgive one failed handshake of two: %s", (id) => {
    expect(infra.one("aws_cloudwatch_event_rule").body["schedule_expression"]).toBe("rate(6 hours)");
    expect(alarm(name, id)).toMatchObject({
      statistic: "Maximum",
      period: 12 * 3600,
      evaluation_periods: 1,
    });
  });

  it.each(["renewal", "expiry"])("say what to run: %s", (id) => {
    const text = String(alarm(name, id)["alarm_description"]);
    expect(text).toContain("kubectl describe certificate,certificaterequest,order,challenge -n wbot");
    expect(text).toContain(`aws logs tail /aws/lambda/wbot-${name}-certificate-check --since 1d`);
    expect(text).toContain(host);
    expect(text.length).toBeLessThanOrEqual(1024);
  });

  it("look at the load balancer itself, by the product's name, wherever DNS points", () => {
    expect(sent).toContain(`"loadBalancerHost" = ${infra.one("aws_lb").address}.dns_name`);
    expect(sent).toContain(`"hosts" = ["${host}"]`);
  });

  it("watch the metric that is written", () => {
    for (const { body } of alarmsOf(infra)) {
      expect(body).toMatchObject({ namespace: `wbot/${name}`, metric_name: "CertificateLifeLeft" });
      expect(sent).toContain(`"namespace" = "${body["namespace"]}"`);
      expect(sent).toContain(`"metricName" = "${body["metric_name"]}"`);
    }
  });

  it("are looked after by a small function, which only the schedule starts", () => {
    expect(check.body).toMatchObject({
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      memory_size: 128,
      timeout: 30,
    });
    expect(check.body).not.toHaveProperty("vpc_config");
    const { body } = infra.one("aws_lambda_permission");
    expect(body).toMatchObject({ action: "lambda:InvokeFunction", principal: "events.amazonaws.com" });
    expect(target(infra, body["function_name"])).toBe(check);
    expect(target(infra, body["source_arn"])).toBe(infra.one("aws_cloudwatch_event_rule"));
    const { body: scheduled } = infra.one("aws_cloudwatch_event_target");
    expect(target(infra, scheduled["arn"])).toBe(check);
    expect(infra.isAfter(infra.one("aws_cloudwatch_event_target"), infra.one("aws_lambda_permission"))).toBe(
      true,
    );
  });

  it("let the function write its own log and this environment's metrics, and nothing else", () => {
    const policies = infra
      .of("aws_iam_role_policy")
      .filter(({ body }) => target(infra, body["role"]) === role);
    expect(policies).toHaveLength(1);
    const log = target(infra, check.body["logging_config"].log_group);
    expect(target(infra, policies[0]?.body["policy"]).body["statement"]).toEqual([
      {
        sid: "WriteLog",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`\${${log.address}.arn}:*`],
      },
      {
        sid: "WriteMetric",
        actions: ["cloudwatch:PutMetricData"],
        resources: ["*"],
        condition: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: [`wbot/${name}`] }],
      },
    ]);
    expect(
      infra.of("aws_iam_role_policy_attachment").filter(({ body }) => target(infra, body["role"]) === role),
    ).toEqual([]);
    expect(infra.isAfter(check, policies[0] as (typeof policies)[0])).toBe(true);
  });

  it("keep the checks of a year, encrypted, in a group that a destroy removes", () => {
    const log = target(infra, check.body["logging_config"].log_group);
    expect(log.body).toMatchObject({
      name: `/aws/lambda/wbot-${name}-certificate-check`,
      retention_in_days: 365,
    });
    expect(target(infra, log.body["kms_key_id"])).toBe(infra.one("aws_kms_key"));
  });
});

it("is there whoever signs: selfsigned certificates are renewed too", () => {
  expect(alarmsOf(synth("dev").infra)).toHaveLength(2);
});

it("watches every host, each by itself", () => {
  const { infra } = synth("prod", { domain: { others: [{ host: "www.chat.example.com" }] } });
  expect(new Set(alarmsOf(infra).map(({ body }) => body["dimensions"].Host as string))).toEqual(
    new Set(["chat.example.com", "www.chat.example.com"]),
  );
});
