/** Tag that the budget adds up: the stacks put it on all that they make, with the environment's name. */
export const BUDGET_TAG = "Environment";
