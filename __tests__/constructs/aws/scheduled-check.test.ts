import { existsSync } from "node:fs";
import { join } from "node:path";
import { synth, target, type Found } from "../../synth";

/** `mail`: only where somebody gets the alarms' mail. `within`: seconds that an alarm looks back over. */
const CHECKS = [
  { id: "node-group-alarm", name: "node-groups-check", every: "10 minutes", within: 25 * 60, mail: true },
  { id: "uptime-alarm", name: "uptime-check", every: "1 minute", within: 5 * 60, mail: true, stack: "app" },
] as const;
const cases = ["dev", "staging", "prod", "rehearsal"].flatMap((environment) =>
  CHECKS.filter((check) => !("mail" in check) || ["staging", "prod"].includes(environment)).map((check) => ({
    environment,
    ...check,
  })),
);

it.each(["dev", "staging", "prod", "rehearsal"])("includes every function of %s", (name) => {
  const { infra, app } = synth(name);
  const functions = [infra, app].flatMap((stack) => stack.of("aws_lambda_function"));
  expect(functions.map(({ path }) => path).sort()).toEqual(
    cases.flatMap(({ environment, id }) => (environment === name ? [`${id}/function`] : [])).sort(),
  );
});

describe.each(cases)(
  "the scheduled check of $id in $environment",
  ({ environment, id, name, every, within, ...where }) => {
    const infra = synth(environment)["stack" in where ? "app" : "infra"];
    const one = (type: string, path = "") => infra.one(type, `${id}/${path}`);
    const check = one("aws_lambda_function");
    const role = target(infra, check.body["role"]);
    const log = target(infra, check.body["logging_config"].log_group);
    const policies = infra
      .of("aws_iam_role_policy")
      .filter(({ body }) => target(infra, body["role"]) === role);
    const statements = (policy: Found) => target(infra, policy.body["policy"]).body["statement"] as unknown;

    it("is a small function outside the VPC, with its own code", () => {
      expect(check.body).toMatchObject({
        function_name: `wbot-${environment}-${name}`,
        runtime: expect.stringMatching(/^nodejs\d+\.x$/) as string,
        architectures: ["arm64"],
        handler: "index.handler",
        memory_size: 128,
        timeout: 30,
      });
      expect(check.body).not.toHaveProperty("vpc_config");
      expect(existsSync(join(__dirname, "../../../constructs/aws", name, "index.mjs"))).toBe(true);
    });

    it("is started only by its schedule", () => {
      const rule = one("aws_cloudwatch_event_rule");
      expect(rule.body["schedule_expression"]).toBe(`rate(${every})`);
      expect(rule.body["description"]).toMatch(new RegExp(`^Checks .* every ${every}$`));
      const permission = one("aws_lambda_permission");
      expect(permission.body).toMatchObject({
        action: "lambda:InvokeFunction",
        principal: "events.amazonaws.com",
      });
      expect(target(infra, permission.body["function_name"])).toBe(check);
      expect(target(infra, permission.body["source_arn"])).toBe(rule);
      const scheduled = one("aws_cloudwatch_event_target");
      expect(target(infra, scheduled.body["rule"])).toBe(rule);
      expect(target(infra, scheduled.body["arn"])).toBe(check);
      expect(infra.isAfter(scheduled, permission)).toBe(true);
    });

    it("may write its own log and this environment's metrics", () => {
      expect(statements(one("aws_iam_role_policy", "role-policy"))).toEqual([
        {
          sid: "WriteLog",
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [`\${${log.address}.arn}:*`],
        },
        {
          sid: "WriteMetric",
          actions: ["cloudwatch:PutMetricData"],
          resources: ["*"],
          condition: [
            { test: "StringEquals", variable: "cloudwatch:namespace", values: [`wbot/${environment}`] },
          ],
        },
      ]);
    });

    it("has its permissions before its first run, and none that AWS could widen", () => {
      expect(policies.map(({ path }) => path)).toContain(`${id}/role-policy`);
      for (const policy of policies) expect(infra.isAfter(check, policy)).toBe(true);
      const attached = infra
        .of("aws_iam_role_policy_attachment")
        .filter(({ body }) => target(infra, body["role"]) === role);
      expect(attached).toEqual([]);
    });

    it("keeps a year of checks, encrypted, in a log group that a destroy removes", () => {
      expect(log.body).toMatchObject({
        name: `/aws/lambda/wbot-${environment}-${name}`,
        retention_in_days: 365,
      });
      expect(target(infra, log.body["kms_key_id"])).toBe(
        "stack" in where ? infra.one("data.aws_kms_alias") : infra.one("aws_kms_key"),
      );
    });

    it("writes the metric that its alarms watch, over two checks at least, and is missed if it doesn't", () => {
      const sent = String(one("aws_cloudwatch_event_target").body["input"]);
      const seconds = Number.parseInt(every, 10) * 60;
      // One may come late.
      expect(within).toBeGreaterThan(2 * seconds);
      const alarms = infra.of("aws_cloudwatch_metric_alarm").filter(({ path }) => path.startsWith(`${id}/`));
      expect(alarms).not.toHaveLength(0);
      for (const { path, body } of alarms) {
        expect(body["namespace"]).toBe(`wbot/${environment}`);
        expect(body["period"] * body["evaluation_periods"]).toBe(within);
        expect(body["period"] % 60).toBe(0);
        // "breaching" would go off in a first deploy, before the first check; the certificate's isn't always seen.
        if (!path.endsWith("/certificate")) {
          expect(body["treat_missing_data"]).toBe("missing");
          expect(body["insufficient_data_actions"]).toHaveLength(1);
        }
        expect(sent).toContain(`"namespace" = "${body["namespace"]}"`);
        expect(sent).toContain(`"metricName" = "${body["metric_name"]}"`);
      }
    });
  },
);

it("may read nothing if what it checks is public", () => {
  const policies = synth("prod").app.of("aws_iam_role_policy");
  expect(policies.map(({ path }) => path)).toEqual(["uptime-alarm/role-policy"]);
});
