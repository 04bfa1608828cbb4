import { EnvironmentError, type Environment } from "./environment";
import { partitionOf } from "./region";

/** The plan role's Kubernetes group. */
export const PLAN_GROUP = "wbot:plan";

/** Prints a repository as its tokens name it, by default since July 2026. */
const REPOSITORY = String.raw`gh api repos/<owner>/<name> --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`;

type About = Pick<Environment, "name" | "region" | "account" | "ci">;

/** What the bootstrap stack creates in IAM for an environment, and the other stacks refer to; undefined without CI. */
export function ciOf({ name, region, account, ci }: About) {
  // The schema requires the account if ci is set.
  if (ci === undefined || account === undefined) return undefined;
  const arn = (resource: string) => `arn:${partitionOf(region)}:iam::${account}:${resource}`;
  return {
    ...ci,
    account,
    /** Read-only: for pull requests and the main branch. */
    planRole: arn(`role/wbot-${name}-ci-plan`),
    /** May deploy: for the GitHub environment of the same name. */
    deployRole: arn(`role/wbot-${name}-ci-deploy`),
    /** Permissions boundary of both roles. */
    ciBoundary: arn(`policy/wbot-${name}-ci-boundary`),
    /** Permissions boundary of the roles that the stacks create. */
    stackBoundary: arn(`policy/wbot-${name}-boundary`),
  };
}

export type Ci = NonNullable<ReturnType<typeof ciOf>>;

/** The same; refuses an environment without the setting `ci`. */
export function requiredCi(environment: Environment): Ci {
  const ci = ciOf(environment);
  if (ci !== undefined) return ci;
  throw new EnvironmentError(
    `The environment "${environment.name}" has no setting ci. Add it to environments/${environment.name}.ts, next to account: ci: { repository: "<owner>@<id>/<name>@<id>", runner: "<label>" },
This prints the repository, without IDs if it was created before July 2026 (docs/delivery.md, "Setup"): ${REPOSITORY}`,
  );
}

/** Administrators of the cluster: `access.admins`, and the deploy role if there is one. */
export function administrators(environment: Pick<Environment, "access"> & About): string[] {
  const deployRole = ciOf(environment)?.deployRole;
  const admins = environment.access.admins;
  return deployRole === undefined || admins.includes(deployRole) ? admins : [...admins, deployRole];
}
