import { App, TerraformStack } from "cdktf";
import { Alarm } from "../../../constructs/aws/alarm";
import { EnvironmentStack } from "../../../constructs/environment-stack";
import { loadEnvironment } from "../../../environments";
import { synth, target, type Written } from "../../synth";
import { CI } from "../ci/scope";

const ACCOUNT = "111122223333";
const { infra, app } = synth("prod", {
  account: ACCOUNT,
  alarms: { emails: ["a.b@example.com", "ab@example.com"] },
});
const topic = infra.one("aws_sns_topic", "alarms");
const policy = target(infra, infra.one("aws_sns_topic_policy").body["policy"]);

it("have their own topic, encrypted with a key that CloudWatch may use", () => {
  expect(topic.body["name"]).toBe("wbot-prod-alarms");
  const key = target(infra, topic.body["kms_master_key_id"]);
  expect(target(infra, key.body["policy"]).body["statement"]).toContainEqual(
    expect.objectContaining({
      principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
    }),
  );
});

it("accept messages only from this account's alarms, and only by TLS", () => {
  expect(target(infra, infra.one("aws_sns_topic_policy").body["arn"])).toBe(topic);
  const publish = { actions: ["sns:Publish"], resources: [`\${${topic.address}.arn}`] };
  expect(policy.body["statement"]).toEqual([
    {
      sid: "Alarms",
      principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
      ...publish,
      condition: [
        {
          test: "ArnLike",
          variable: "aws:SourceArn",
          values: [`arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:*`],
        },
      ],
    },
    {
      sid: "TlsOnly",
      effect: "Deny",
      principals: [{ type: "*", identifiers: ["*"] }],
      ...publish,
      condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
    },
  ]);
});

it("notify every address, however similar", () => {
  const subscriptions = infra.of("aws_sns_topic_subscription");
  expect(subscriptions.map(({ body }) => [body["protocol"], body["endpoint"]])).toEqual([
    ["email", "a.b@example.com"],
    ["email", "ab@example.com"],
  ]);
  for (const { body } of subscriptions) expect(target(infra, body["topic_arn"])).toBe(topic);
});

it("keep other subscriptions confirmed when one is removed", () => {
  const addressOf = (emails: string[]) =>
    synth("prod", { account: ACCOUNT, alarms: { emails } })
      .infra.of("aws_sns_topic_subscription")
      .find(({ body }) => body["endpoint"] === "ab@example.com")?.address;
  expect(addressOf(["ab@example.com"])).toBe(addressOf(["a.b@example.com", "ab@example.com"]));
});

it("notify nobody in dev, where the alarms are still visible", () => {
  const { infra: dev } = synth("dev");
  expect(dev.of("aws_sns_topic_subscription")).toEqual([]);
  expect(dev.of("aws_sns_topic")).toHaveLength(1);
});

it("are all sent to the topic, also when they clear", () => {
  const alarms = infra.of("aws_cloudwatch_metric_alarm");
  expect(alarms).not.toHaveLength(0);
  for (const { body } of alarms)
    for (const actions of [body["alarm_actions"], body["ok_actions"]])
      expect(actions.map((arn: string) => target(infra, arn))).toEqual([topic]);
});

it("of app are sent to the same topic, by its name", () => {
  const arn = `arn:aws:sns:us-east-1:${ACCOUNT}:${topic.body["name"]}`;
  const alarms = app.of("aws_cloudwatch_metric_alarm");
  expect(alarms).not.toHaveLength(0);
  for (const { body } of alarms) expect([body["alarm_actions"], body["ok_actions"]]).toEqual([[arn], [arn]]);
});

it("end with their runbook, by a link if the repository is known", () => {
  const ends = (written: Written) =>
    [
      ...written.infra.of("aws_cloudwatch_metric_alarm"),
      ...written.app.of("aws_cloudwatch_metric_alarm"),
    ].map(({ body }) =>
      / Runbook: (\S+)$/.exec(String(body["alarm_description"]))?.[1]?.replace(/[\w-]+\.md$/, ""),
    );
  expect(new Set(ends(synth("prod")))).toEqual(new Set(["docs/runbooks/"]));
  expect(new Set(ends(synth("prod", CI)))).toEqual(
    new Set(["https://github.com/example/wbot-on-aws/blob/HEAD/docs/runbooks/"]),
  );
  const ids = { ...CI, ci: { repository: "example@1234/wbot@5678", runner: "wbot" } };
  expect(ends(synth("prod", ids))[0]).toBe("https://github.com/example/wbot/blob/HEAD/docs/runbooks/");
});

it("refuse a description that CloudWatch would cut off", () => {
  const props = { topicArn: "arn", name: "long", description: "x".repeat(1000), runbook: "redis" } as const;
  const metric = { metricName: "M", evaluationPeriods: 1, comparisonOperator: "GreaterThanThreshold" };
  const alarm = (stack: TerraformStack) => new Alarm(stack, "an-alarm", { ...props, ...metric });
  class Prod extends EnvironmentStack {
    constructor() {
      super(new App(), "prod", loadEnvironment("prod"));
    }
  }
  expect(() => alarm(new Prod())).toThrow(
    "the description of the alarm long has 1032 characters, and CloudWatch takes 1024: shorten it in an-alarm",
  );
  expect(() => alarm(new TerraformStack(new App(), "any"))).toThrow("any is in no stack of an environment");
});

it.each(["dev", "staging", "prod", "rehearsal"])(
  "is told by alarms of %s that bear its name, and say in what CloudWatch takes what is wrong",
  (name) => {
    const { infra, app } = synth(name);
    const alarms = [infra, app].flatMap((stack) => stack.of("aws_cloudwatch_metric_alarm"));
    expect(new Set(alarms.map(({ body }) => body["alarm_name"])).size).toBe(alarms.length);
    for (const { body } of alarms) {
      expect(body["alarm_name"]).toMatch(new RegExp(`^wbot-${name}-`));
      const text = String(body["alarm_description"]);
      expect(text.length).toBeGreaterThan(40);
      expect(text.length).toBeLessThanOrEqual(1024);
    }
  },
);

it("notify when there is no data any more, and go off where a failure looks like that, except for a Redis node being replaced and a certificate that isn't seen", () => {
  const missing = [...infra.of("aws_cloudwatch_metric_alarm"), ...app.of("aws_cloudwatch_metric_alarm")].map(
    ({ path, body }) =>
      `${path.replace(/-\d$|\/(?!lost|certificate).*$/, "")}: ${body["insufficient_data_actions"] ? "notified" : body["treat_missing_data"]}`,
  );
  expect(new Set(missing)).toEqual(
    new Set([
      "redis-alarms: missing",
      "redis-alarms/lost: breaching",
      "node-group-alarm: notified",
      "uptime-alarm: notified",
      "uptime-alarm/certificate: ignore",
      "load-balancer-alarm: breaching",
      "metrics-watchdog: breaching",
    ]),
  );
});
