import { keysToCheck } from "../../../environments/app-secret-keys";
import { loadEnvironment } from "../../../environments";
import { synth, target } from "../../synth";

const ACCOUNT = "111122223333";
const one = (type: string, name: string, overrides = {}) =>
  synth(name, overrides).infra.one(type, "app-secret-alarm/").body;
const sent = (name: string, overrides = {}) =>
  String(one("aws_cloudwatch_event_target", name, overrides)["input"]);

describe.each(["dev", "staging", "prod", "rehearsal"])("the app secret's alarm of %s", (name) => {
  const alarm = one("aws_cloudwatch_metric_alarm", name);

  it("goes off when one key is missing at two checks in a row, and notifies when the check stops", () => {
    expect(alarm).toMatchObject({
      alarm_name: `wbot-${name}-app-secret-keys`,
      metric_name: "AppSecretKeysMissing",
      statistic: "Minimum",
      // Two checks, one of them late.
      period: 25 * 60,
      evaluation_periods: 1,
      comparison_operator: "GreaterThanThreshold",
      threshold: 0,
      treat_missing_data: "missing",
      insufficient_data_actions: alarm["alarm_actions"],
    });
    // The function gives its metric none either.
    expect(alarm).not.toHaveProperty("dimensions");
  });

  it("says what is wrong, that pods keep running, and how to fix it", () => {
    const text = String(alarm["alarm_description"]);
    expect(text).toContain(`The secret wbot/${name}/app lacks a value for a required key, is gone`);
    expect(text).toContain("Pods keep running on the last good values");
    expect(text).toContain(`To see which key: npx wbot secrets status --env ${name}.`);
    expect(text).toContain(`npx wbot secrets edit --env ${name}`);
    expect(text).toContain(`npx wbot secrets push app-secret.env --env ${name}`);
    expect(text).toContain(`aws logs tail /aws/lambda/wbot-${name}-app-secret-keys-check --since 1h`);
  });

  it("checks every key that a plan of app requires, by name", () => {
    const keys = keysToCheck(loadEnvironment(name)).map((key) => key.name);
    expect(sent(name)).toContain(`"secret" = "wbot/${name}/app"`);
    expect(sent(name)).toContain(`"keys" = [${keys.map((key) => `"${key}"`).join(", ")}]`);
    const preconditions = synth(name).app.one("data.aws_partition").body["lifecycle"].precondition as {
      condition: string;
    }[];
    const demanded = preconditions.flatMap(({ condition }) => /\["([A-Z_]+)"\]/.exec(condition)?.[1] ?? []);
    expect(keys).toEqual(demanded);
  });
});

it("checks LangSmith's key only if traces are sent there", () => {
  expect(sent("prod")).not.toContain("LANGSMITH_API_KEY");
  expect(sent("prod", { langsmith: { enabled: true } })).toContain('"LANGSMITH_API_KEY"');
});

it("runs as often as External Secrets refreshes", () => {
  const [secret] = synth("prod")
    .app.of("kubernetes_manifest")
    .filter(({ body }) => body["manifest"].kind === "ExternalSecret");
  expect(secret?.body["manifest"].spec.refreshInterval).toBe("10m");
  expect(one("aws_cloudwatch_event_rule", "prod")["schedule_expression"]).toBe("rate(10 minutes)");
});

it("may read that one secret and no other", () => {
  const { infra } = synth("prod", { account: ACCOUNT });
  const policy = infra.one("aws_iam_role_policy", "app-secret-alarm/role-read-policy");
  const role = infra.one("aws_iam_role", "app-secret-alarm/");
  expect(target(infra, policy.body["role"])).toBe(role);
  expect(target(infra, policy.body["policy"]).body["statement"]).toEqual([
    {
      sid: "ReadAppSecret",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [`arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:wbot/prod/app-??????`],
    },
  ]);
  const policies = infra.of("aws_iam_role_policy").filter(({ body }) => target(infra, body["role"]) === role);
  expect(policies).toHaveLength(2);
});
