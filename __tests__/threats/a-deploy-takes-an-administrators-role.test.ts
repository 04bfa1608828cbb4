import { policiesOf } from "../../constructs/ci/ci-roles";
import { loadEnvironment } from "../../environments";
import { CI, fits, scope } from "../constructs/ci/scope";

/**
 * One bad deploy has the team's administrators' role trust somebody else, or hands it to a function: the role has no boundary,
 * and AWS can't tell it from the stacks' roles but by its name.
 */

const statements = policiesOf(scope()).flatMap(({ document }) => document.Statement);

/** Whether the policies let a role do something to another, but for what they deny. */
function may(action: string, role: string): boolean {
  const arn = `arn:aws:iam::111122223333:role/${role}`;
  const on = statements.filter(({ Resource = [] }) => fits(arn, Resource));
  const denied = on.some(({ Effect, NotAction = [] }) => Effect === "Deny" && NotAction.length > 0);
  return !denied && on.some(({ Effect, Action = [] }) => Effect === "Allow" && Action.includes(action));
}

const TAKING = ["iam:UpdateAssumeRolePolicy", "iam:DeleteRole", "iam:PassRole"];

it.each([
  "wbot-prod-admin",
  "wbot-prod-team/admin",
  "wbot-admin",
  "team/wbot-prod-admin",
  "wbot-production-admin",
  "wbot-prod-ci-deploy",
])("no deploy can take %s, if it administers the cluster", (role) => {
  const admins = [`arn:aws:iam::111122223333:role/${role}`];
  const load = () => loadEnvironment("prod", { overrides: { ...CI, access: { admins } } });
  if (TAKING.some((action) => may(action, role))) expect(load).toThrow("roles named wbot-prod-…");
  else expect(load).not.toThrow();
});

it("it can take what the stacks make, as it must", () => {
  for (const action of TAKING) expect(may(action, "wbot-prod-node-role")).toBe(true);
});
