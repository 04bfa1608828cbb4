import { CostExplorerClient, ListCostAllocationTagsCommand } from "@aws-sdk/client-cost-explorer";
import { BUDGET_TAG } from "../../../environments/names";
import { awsTrouble } from "../../cli/aws";
import { pass, warn } from "../../cli/finding";
import type { Session } from "../../session/session";
import type { Check } from "../check";

/** Cost Explorer has one endpoint, and each question costs a cent. */
const REGION = "us-east-1";

/** Whether the budget's tag is active for cost allocation, without which the budget sees no cost. */
export const budget: Check = async ({ session }) => {
  if (session.environment.budget.monthlyUsd === undefined) return [];
  if (await isActive(session)) return pass(`the tag ${BUDGET_TAG} is active for cost allocation`);
  return warn(
    `the tag ${BUDGET_TAG} is not active for cost allocation, or you lack permission to see it; until it is, the budget reads $0 and never sends mail`,
    `In the payer account, up to 24 hours after the first deploy: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=${BUDGET_TAG},Status=Active (takes up to 24 hours)`,
  );
};

/** False also before AWS's billing has seen the tag, and for members of an organization, who may not see it. */
async function isActive(session: Session): Promise<boolean> {
  try {
    const { CostAllocationTags: tags = [] } = await session
      .client(CostExplorerClient, REGION)
      .send(new ListCostAllocationTagsCommand({ TagKeys: [BUDGET_TAG] }));
    return tags.some(({ TagKey, Status }) => TagKey === BUDGET_TAG && Status === "Active");
  } catch (error) {
    const kind = awsTrouble(error)?.kind;
    if (kind !== "denied" && kind !== "refused") throw error;
    return false;
  }
}
