import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget";
import { Construct } from "constructs";
import { BUDGET_TAG } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";

/** When to mail, in percent of the budget: actual cost, and AWS's forecast for the whole month. */
const THRESHOLDS = [
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
  { notificationType: "FORECASTED", threshold: 100 },
];

export interface BudgetProps {
  /** USD a month. */
  readonly monthlyUsd: number;
}

/**
 * A monthly budget for everything with the environment's tag, mailed to `alarms.emails`: AWS Budgets sends the mails itself,
 * so no address has to confirm. It shows $0 until the tag is activated for cost allocation.
 */
export class Budget extends Construct {
  constructor(stack: EnvironmentStack, id: string, { monthlyUsd }: BudgetProps) {
    super(stack, id);
    const { name, alarms } = stack.environment;
    new BudgetsBudget(this, "monthly", {
      name: `${stack.names.prefix}-monthly`,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(monthlyUsd),
      limitUnit: "USD",
      // By default what credits pay is subtracted: the budget would notice nothing before they run out. And what a Savings Plan
      // or a reservation pays would count as $0, since their fees have no tag; amortized, it counts at its share of the fee.
      costTypes: { includeCredit: false, includeRefund: false, useAmortized: true },
      costFilter: [{ name: "TagKeyValue", values: [`user:${BUDGET_TAG}$${name}`] }],
      notification: THRESHOLDS.map((threshold) => ({
        ...threshold,
        thresholdType: "PERCENTAGE",
        comparisonOperator: "GREATER_THAN",
        subscriberEmailAddresses: alarms.emails,
      })),
    });
  }
}
