import { EnvironmentError, loadEnvironment, type Overrides } from "../../../environments";
import { synth, type Body } from "../../synth";

const EMAILS = ["lead@example.com", "ops@example.com"];
const BUDGET = { alarms: { emails: EMAILS }, budget: { monthlyUsd: 250 } };

it("is made only where it is asked for", () => {
  expect(synth("prod").infra.of("aws_budgets_budget")).toEqual([]);
});

it("adds up in a month what carries this environment's tag", () => {
  const { infra } = synth("dev", BUDGET);
  expect(infra.one("aws_budgets_budget").body).toMatchObject({
    name: "wbot-dev-monthly",
    budget_type: "COST",
    time_unit: "MONTHLY",
    limit_amount: "250",
    limit_unit: "USD",
    cost_filter: [{ name: "TagKeyValue", values: ["user:Environment$dev"] }],
  });
  expect(JSON.stringify(infra.json["provider"].aws)).toContain('"Environment":"dev"');
});

it("counts what credits, refunds and commitments pay, too", () => {
  expect(synth("dev", BUDGET).infra.one("aws_budgets_budget").body["cost_types"]).toEqual({
    include_credit: false,
    include_refund: false,
    use_amortized: true,
  });
});

it("mails everybody who gets the alarms at 80 % and all of it, and when all of it is forecast", () => {
  const notification = synth("dev", BUDGET).infra.one("aws_budgets_budget").body["notification"] as Body[];
  expect(notification.map(({ notification_type: type, threshold }) => `${type} ${threshold}`)).toEqual([
    "ACTUAL 80",
    "ACTUAL 100",
    "FORECASTED 100",
  ]);
  for (const each of notification)
    expect(each).toMatchObject({ threshold_type: "PERCENTAGE", subscriber_email_addresses: EMAILS });
});

it.each<[string, Overrides, string]>([
  [
    "without anybody to mail",
    { budget: { monthlyUsd: 250 } },
    "alarms.emails is []: it must be at least one e-mail address if budget.monthlyUsd is set",
  ],
  [
    "in GovCloud",
    {
      ...BUDGET,
      region: "us-gov-west-1",
      zones: ["us-gov-west-1a", "us-gov-west-1b"],
      access: { admins: ["arn:aws-us-gov:iam::111122223333:role/wbot-admin"] },
    },
    "budget.monthlyUsd is 250: it must be omitted in GovCloud, which is billed through a standard account",
  ],
  ["of nothing", { ...BUDGET, budget: { monthlyUsd: 0 } }, "a whole number of US dollars from 1 to 1000000"],
])("is refused %s", (_, overrides, why) => {
  expect(() => loadEnvironment("dev", { overrides })).toThrow(EnvironmentError);
  expect(() => loadEnvironment("dev", { overrides })).toThrow(why);
});
