import { CostExplorerClient, ListCostAllocationTagsCommand } from "@aws-sdk/client-cost-explorer";
import { BUDGET_TAG } from "../../../environments/budget";
import { awsTrouble } from "../../cli/aws";
import { pass, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

/** Cost Explorer has one endpoint, and each question costs a cent. */
const REGION = "us-east-1";
const READS_NOTHING = "so the budget reads $0 and never sends mail";
const ACTIVATE = `In the payer account: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=${BUDGET_TAG},Status=Active (takes up to 24 hours)`;

/** Whether the budget's tag is active for cost allocation, without which the budget sees no cost. */
export const budget: Check = async ({ session }) => {
  if (session.environment.budget.monthlyUsd === undefined) return [];
  const client = session.client(CostExplorerClient, REGION);
  try {
    const { CostAllocationTags: tags = [] } = await client.send(
      new ListCostAllocationTagsCommand({ TagKeys: [BUDGET_TAG] }),
    );
    return stateOf(tags.find(({ TagKey }) => TagKey === BUDGET_TAG)?.Status);
  } catch (error) {
    const kind = awsTrouble(error)?.kind;
    if (kind !== "denied" && kind !== "refused") throw error;
    return warn(
      `this account may not see whether the tag ${BUDGET_TAG} is active for cost allocation (a member of an organization never may); if it is not, the budget reads $0 and never sends mail`,
      ACTIVATE,
    );
  }
};

function stateOf(status: string | undefined): Found {
  if (status === "Active") return pass(`the tag ${BUDGET_TAG} is active for cost allocation`);
  if (status === "Inactive")
    return warn(`the tag ${BUDGET_TAG} is not active for cost allocation, ${READS_NOTHING}`, ACTIVATE);
  return warn(
    `AWS's billing has not seen the tag ${BUDGET_TAG} yet, ${READS_NOTHING}; it appears there up to 24 hours after the first deploy`,
    `Then: ${ACTIVATE.charAt(0).toLowerCase()}${ACTIVATE.slice(1)}`,
  );
}
