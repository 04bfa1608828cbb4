import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROTECTION, rules } from "../../commands/ci/rules";
import { workflows } from "../github/workflow-files";

/**
 * Get an approval, push one more commit, merge; or push onto somebody else's change and approve that. A merge deploys dev
 * unasked, and is what prod's reviewers are shown.
 */

const DOC = readFileSync(join(__dirname, "..", "..", "docs", "delivery.md"), "utf8");

/** The bodies that the document sends to a path. */
function sent(path: string): unknown[] {
  return DOC.split(`PUT repos/acme/wbot-on-aws/${path} --input - <<END\n`)
    .slice(1)
    .map((after) => JSON.parse((after.split(/\n\s*END\n/)[0] ?? "").replace("$team", "0")) as unknown);
}

/** What GitHub answers once it is set up as the document says. */
const flag = (enabled: boolean) => ({ enabled });
const CHECKS = PROTECTION.required_status_checks.checks;
/** Required checks of which `verify` is by this app. */
const verifiedBy = (app_id: number | null) => ({
  required_status_checks: { strict: true, checks: [...CHECKS.slice(1), { context: "verify", app_id }] },
});
const bypass = (allowances: object) => ({
  required_pull_request_reviews: {
    ...SET_UP["branches/main/protection"].required_pull_request_reviews,
    bypass_pull_request_allowances: { users: [], teams: [], apps: [], ...allowances },
  },
});
const owned = (text: string) => ({ content: Buffer.from(text).toString("base64") });
const REVIEWED = {
  type: "required_reviewers",
  prevent_self_review: true,
  reviewers: [{ type: "Team", reviewer: { slug: "platform" } }],
};
const SET_UP: Readonly<Record<string, any>> = {
  "branches/main/protection": {
    required_status_checks: {
      strict: true,
      contexts: ["another", ...CHECKS.map(({ context }) => context)],
      checks: [{ context: "another", app_id: null }, ...CHECKS],
    },
    enforce_admins: flag(true),
    required_pull_request_reviews: {
      dismiss_stale_reviews: true,
      require_code_owner_reviews: true,
      require_last_push_approval: true,
      required_approving_review_count: 2,
    },
    allow_force_pushes: flag(false),
    allow_deletions: flag(false),
  },
  "": { private: false },
  "actions/permissions/fork-pr-contributor-approval": { approval_policy: "all_external_contributors" },
  "contents/.github/CODEOWNERS": owned(/echo '(.*)' > .github\/CODEOWNERS/.exec(DOC)?.[1] ?? ""),
  "codeowners/errors": { errors: [] },
  "actions/permissions": { enabled: true, allowed_actions: "selected" },
  "actions/permissions/workflow": {
    default_workflow_permissions: "read",
    can_approve_pull_request_reviews: false,
  },
  "environments/prod": {
    can_admins_bypass: false,
    protection_rules: [REVIEWED],
  },
  "environments/prod/deployment-branch-policies": { branch_policies: [{ name: "main" }] },
};

async function found(path: string, change: object | undefined, more: object = {}) {
  const changed = change === undefined ? undefined : { ...SET_UP[path], ...change };
  const answers = { ...SET_UP, ...more, [path]: changed };
  const findings = await rules((each) => Promise.resolve(answers[each]), ["prod"]);
  return findings.filter(({ status }) => status === "fail").map(({ why }) => why);
}

it("the document sets what is read back", () => {
  expect(sent("branches/main/protection")).toEqual([PROTECTION]);
  expect(PROTECTION.required_pull_request_reviews).toMatchObject({
    dismiss_stale_reviews: true,
    require_last_push_approval: true,
    require_code_owner_reviews: true,
  });
});

it("the document keeps environments to main on plans that refuse whatever names reviewers", () => {
  const onlyMain = {
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  };
  const reviewers = [{ type: "Team", id: 0 }];
  expect(sent("environments/$name")).toEqual([
    onlyMain,
    { ...onlyMain, reviewers, prevent_self_review: true },
  ]);
});

it("the document gives the team access first: GitHub silently leaves out reviewers without", () => {
  const granted = DOC.indexOf("PUT orgs/acme/teams/platform/repos/acme/wbot-on-aws -f permission=push\n");
  expect(granted).toBeGreaterThan(-1);
  expect(granted).toBeLessThan(DOC.indexOf('"reviewers": ['));
});

it("the document requires every job that must pass before a merge", () => {
  const contexts = Object.entries(workflows["ci.yml"]?.jobs ?? {}).flatMap(([name, { strategy }]) => {
    const versions = Object.values(strategy?.matrix ?? {}).flat();
    return versions.length === 0 ? [name] : versions.map((version) => `${name} (${String(version)})`);
  });
  expect(CHECKS).toEqual(contexts.map((context) => ({ context, app_id: 15368 })));
});

it("nothing is wrong with a repository that is set up so", async () => {
  expect(await found("codeowners/errors", {})).toEqual([]);
  expect(await found("branches/main/protection", bypass({}))).toEqual([]);
  const file = owned("docs/\n* @acme/all # everything\n\n# docs\n/a\\ b @acme/a\n");
  expect(await found("contents/.github/CODEOWNERS", file)).toEqual([]);
});

const UNOWNED = "has no owner, so some changes need no owner's review";

it.each(["contents/CODEOWNERS", "contents/docs/CODEOWNERS"])("owners may also be in %s", async (path) => {
  const none = { "contents/.github/CODEOWNERS": undefined };
  expect(await found(path, owned("/** @acme/platform\n"), none)).toEqual([]);
  expect(await found(path, owned("* @acme/a\n/a\n/b\n/a @acme/b\n"), none)).toEqual([
    `CODEOWNERS: /b ${UNOWNED}`,
  ]);
});

it.each<[string, object | undefined, string]>([
  ["branches/main/protection", undefined, "main: it is not set, or can't be read"],
  [
    "branches/main/protection",
    {
      required_pull_request_reviews: {
        ...SET_UP["branches/main/protection"].required_pull_request_reviews,
        dismiss_stale_reviews: false,
      },
    },
    "main: required_pull_request_reviews.dismiss_stale_reviews is false, but must be true",
  ],
  [
    "branches/main/protection",
    { required_pull_request_reviews: undefined },
    "main: required_pull_request_reviews is not set",
  ],
  [
    "branches/main/protection",
    { enforce_admins: flag(false) },
    "main: enforce_admins is false, but must be true",
  ],
  [
    "branches/main/protection",
    { allow_force_pushes: flag(true) },
    "main: allow_force_pushes is true, but must be false",
  ],
  [
    "branches/main/protection",
    { required_status_checks: { strict: true, contexts: [], checks: CHECKS.slice(1) } },
    'main: required_status_checks.checks lacks {"context":"verify","app_id":15368}',
  ],
  [
    "branches/main/protection",
    { required_status_checks: { strict: true, checks: CHECKS.slice(0, -1) } },
    `main: required_status_checks.checks lacks ${JSON.stringify(CHECKS.at(-1))}`,
  ],
  [
    "branches/main/protection",
    verifiedBy(null),
    'main: required_status_checks.checks lacks {"context":"verify","app_id":15368}',
  ],
  [
    "branches/main/protection",
    // By an app that was registered later.
    verifiedBy(29310),
    'main: required_status_checks.checks lacks {"context":"verify","app_id":15368}',
  ],
  [
    "branches/main/protection",
    bypass({ users: [{ login: "octocat" }] }),
    "main: required_pull_request_reviews.bypass_pull_request_allowances.users must be empty, but has octocat",
  ],
  [
    "branches/main/protection",
    bypass({ apps: [{ slug: "renovate" }] }),
    expect.stringMatching(/\.bypass_pull_request_allowances\.apps .+ renovate$/),
  ],
  [
    "contents/.github/CODEOWNERS",
    undefined,
    "CODEOWNERS: it doesn't exist, so no change needs an owner's review",
  ],
  ["contents/.github/CODEOWNERS", owned("docs/ @acme/writers\n"), `CODEOWNERS: * ${UNOWNED}`],
  [
    "contents/.github/CODEOWNERS",
    owned("* @acme/platform\n/.github/workflows\\ of\\ ours/ # nobody's\n"),
    `CODEOWNERS: /.github/workflows\\ of\\ ours/ ${UNOWNED}`,
  ],
  [
    "codeowners/errors",
    { errors: [{ message: "Unknown owner on line 1" }] },
    "CODEOWNERS: Unknown owner on line 1",
  ],
  [
    "actions/permissions/workflow",
    { can_approve_pull_request_reviews: true },
    "Settings, Actions, General: can_approve_pull_request_reviews is true, but must be false",
  ],
  [
    "actions/permissions",
    { allowed_actions: "all" },
    'Settings, Actions, General: allowed_actions is "all", but must be "selected"',
  ],
  ["environments/prod", undefined, "prod: it was never set up"],
  [
    "environments/prod",
    { protection_rules: [] },
    'prod: protection_rules lacks {"type":"required_reviewers","prevent_self_review":true}',
  ],
  [
    "environments/prod",
    { protection_rules: [{ ...REVIEWED, prevent_self_review: false }] },
    'prod: protection_rules lacks {"type":"required_reviewers","prevent_self_review":true}',
  ],
  [
    "environments/prod",
    { protection_rules: [{ ...REVIEWED, reviewers: [] }] },
    "prod: it has no reviewers: a team needs write access to the repository before it is set",
  ],
  ["environments/prod", { can_admins_bypass: true }, "prod: can_admins_bypass is true, but must be false"],
  [
    "environments/prod/deployment-branch-policies",
    { branch_policies: [] },
    "prod: it deploys branches other than main",
  ],
])("what is missing is told: %s %j", async (path, change, why) => {
  expect(await found(path, change)).toEqual([why]);
});
