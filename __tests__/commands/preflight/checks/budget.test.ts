import { CostExplorerClient, ListCostAllocationTagsCommand } from "@aws-sdk/client-cost-explorer";
import { mockClient } from "aws-sdk-client-mock";
import { sdkError } from "../../sdk-error";
import { look } from "../look";

const ce = mockClient(CostExplorerClient);
beforeEach(() => {
  ce.reset();
});

describe("the budget", () => {
  const BUDGET = { budget: { monthlyUsd: 250 }, alarms: { emails: ["me@wbot.test"] } };
  const tagged = (...CostAllocationTags: { TagKey: string; Status: "Active" | "Inactive" }[]) =>
    ce.on(ListCostAllocationTagsCommand, { TagKeys: ["Environment"] }).resolves({
      CostAllocationTags: CostAllocationTags.map((each) => ({ ...each, Type: "UserDefined" })),
    });

  it("is asked about, which costs a cent, only where there is one", async () => {
    expect(await look("budget")).toEqual([]);
    expect(ce.calls()).toEqual([]);
  });

  it("counts what is tagged once the tag is active", async () => {
    tagged({ TagKey: "Environment", Status: "Active" });
    expect(await look("budget", BUDGET)).toEqual([
      ["pass", "the tag Environment is active for cost allocation"],
    ]);
  });

  const refused = (name: string) => () => ce.on(ListCostAllocationTagsCommand).rejects(sdkError(name));

  it.each([
    ["is not", () => tagged({ TagKey: "Environment", Status: "Inactive" })],
    ["is unknown to AWS's billing", () => tagged()],
    ["may not be seen from this account", refused("AccessDeniedException")],
    ["may not be seen by a member of an organization", refused("ValidationException")],
  ])("reads $0 while the tag %s, and says how to activate it", async (_, given) => {
    given();
    expect(await look("budget", BUDGET)).toEqual([
      [
        "warn",
        "the tag Environment is not active for cost allocation, or you lack permission to see it; until it is, the budget reads $0 and never sends mail",
        "In the payer account, up to 24 hours after the first deploy: aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Environment,Status=Active (takes up to 24 hours)",
      ],
    ]);
  });

  it("is not judged where AWS can't be reached", async () => {
    ce.on(ListCostAllocationTagsCommand).rejects(sdkError("ThrottlingException"));
    expect((await look("budget", BUDGET))[0]?.[1]).toMatch(/^could not check: AWS is throttling requests/);
  });
});
