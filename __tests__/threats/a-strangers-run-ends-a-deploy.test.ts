import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../../commands/ci/rules";
import { workflows } from "../github/workflow-files";

/**
 * A pull request brings a workflow with `concurrency: { group: deploy-prod, cancel-in-progress: true }`: GitHub ends the
 * deploy that runs, in the middle of an apply. Names of groups can't be kept: whoever may read the repository reads them.
 * So a stranger's workflow runs only once a maintainer has approved that run.
 */

const DOC = readFileSync(join(__dirname, "..", "..", "docs", "delivery.md"), "utf8");
const PUBLIC = "actions/permissions/fork-pr-contributor-approval";
const PRIVATE = "actions/permissions/fork-pr-workflows-private-repos";

const found = async (answers: Readonly<Record<string, unknown>>) =>
  (await rules((path) => Promise.resolve(answers[path]), [])).filter(({ check }) => check === "forks");
const FAILS = (what: string) => [
  {
    check: "forks",
    status: "fail",
    why: expect.stringContaining(`Settings, Actions, General: ${what}`),
    fix: "Set it as docs/delivery.md describes",
  },
];
const PASSES = [expect.objectContaining({ status: "pass" })];

it("the document sets the approval", () => {
  expect(DOC).toMatch(/fork-pr-contributor-approval \\\n\s*-f approval_policy=all_external_contributors\n/);
});

it("the approval is read back", async () => {
  expect(await found({ [PUBLIC]: { approval_policy: "all_external_contributors" } })).toEqual(PASSES);
  for (const approval_policy of ["first_time_contributors", "first_time_contributors_new_to_github"])
    expect(await found({ [PUBLIC]: { approval_policy } })).toEqual(
      FAILS(`approval_policy is "${approval_policy}"`),
    );
  expect(await found({})).toEqual(FAILS(""));
});

it("in a private repository, forks run nothing", async () => {
  const of = (settings: object | undefined) => found({ "": { private: true }, [PRIVATE]: settings });
  expect(await of({ run_workflows_from_fork_pull_requests: false })).toEqual(PASSES);
  expect(await of(undefined)).toEqual(PASSES);
  expect(await of({ run_workflows_from_fork_pull_requests: true })).toEqual(
    FAILS("run_workflows_from_fork_pull_requests is true"),
  );
});

it("no workflow runs on what a stranger may trigger without such an approval", () => {
  for (const { on } of Object.values(workflows)) {
    const events = typeof on === "string" ? [on] : Object.keys(on);
    for (const event of ["pull_request_target", "workflow_run", "issue_comment", "issues", "fork", "watch"])
      expect(events).not.toContain(event);
  }
});
