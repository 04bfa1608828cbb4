import { synth, type WrittenStack } from "../../synth";

const alarm = (name: string, id: string) =>
  synth(name).infra.one("aws_cloudwatch_metric_alarm", `certificate-alarm/${id}-`).body;

const alarmsOf = (infra: WrittenStack) =>
  infra.of("aws_cloudwatch_metric_alarm").filter(({ path }) => path.startsWith("certificate-alarm/"));

describe.each(["dev", "staging", "prod", "rehearsal"])("the certificate's alarms of %s", (name) => {
  const { infra } = synth(name);
  const sent = String(infra.one("aws_cloudwatch_event_target", "certificate-alarm/").body["input"]);
  const host = String(alarm(name, "renewal")["dimensions"].Host);

  it.each([
    ["renewal", 25],
    ["expiry", 10],
  ])("go off when less is left than a timely renewal would leave: %s, %d %%", (id, percent) => {
    expect(alarm(name, id)).toMatchObject({
      alarm_name: `wbot-${name}-certificate-${id}-${host}`,
      comparison_operator: "LessThanThreshold",
      threshold: percent,
    });
  });

  it.each(["renewal", "expiry"])("notify when the check stops, and not before the first: %s", (id) => {
    const { treat_missing_data, insufficient_data_actions, alarm_actions } = alarm(name, id);
    expect(treat_missing_data).toBe("missing");
    expect(insufficient_data_actions).toEqual(alarm_actions);
  });

  it.each(["renewal", "expiry"])("tolerate one failed handshake, and a first check before app: %s", (id) => {
    expect(infra.one("aws_cloudwatch_event_rule", "certificate-alarm/").body["schedule_expression"]).toBe(
      "rate(6 hours)",
    );
    expect(alarm(name, id)).toMatchObject({
      statistic: "Maximum",
      // With a check in each, even a late one.
      period: 6 * 3600 + 600,
      evaluation_periods: 2,
    });
    // Otherwise one of the two would be enough.
    expect(alarm(name, id)).not.toHaveProperty("datapoints_to_alarm");
  });

  it.each(["renewal", "expiry"])("say what to run: %s", (id) => {
    const text = String(alarm(name, id)["alarm_description"]);
    expect(text).toContain("kubectl describe certificate,certificaterequest,order,challenge -n wbot");
    expect(text).toContain(`aws logs tail /aws/lambda/wbot-${name}-certificate-check --since 1d`);
    expect(text).toContain(host);
    expect(text.length).toBeLessThanOrEqual(1024);
  });

  it("check the load balancer itself, by the product's name, wherever DNS points", () => {
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
});

it("exists for any issuer: self-signed certificates are renewed too", () => {
  expect(alarmsOf(synth("dev").infra)).toHaveLength(2);
});

it("watches each host separately", () => {
  const { infra } = synth("prod", { domain: { others: [{ host: "www.chat.example.com" }] } });
  expect(new Set(alarmsOf(infra).map(({ body }) => body["dimensions"].Host as string))).toEqual(
    new Set(["chat.example.com", "www.chat.example.com"]),
  );
});
