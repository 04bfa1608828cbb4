import { EnvironmentError, type Environment } from "./environment";
import { partitionOf } from "./region";

/** The plan role's Kubernetes group. */
export const PLAN_GROUP = "wbot:plan";

/** What the bootstrap stack creates in IAM for an environment, and the other stacks refer to. */
export interface Ci {
  readonly repository: string;
  readonly runner: string;
  readonly account: string;
  /** Read-only: for pull requests and the main branch. */
  readonly planRole: string;
  /** May deploy: for the GitHub environment of the same name. */
  readonly deployRole: string;
  /** Permissions boundary of both roles. */
  readonly ciBoundary: string;
  /** Permissions boundary of the roles that the stacks create. */
  readonly stackBoundary: string;
}

/** Prints a repository as its tokens name it, by default since July 2026. */
const REPOSITORY = String.raw`gh api repos/<owner>/<name> --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`;

type About = Pick<Environment, "name" | "region" | "account" | "ci">;

/** ARNs of an environment's CI; undefined if it has none. */
export function ciOf({ name, region, account, ci }: About): Ci | undefined {
  // The schema requires the account if ci is set.
  if (ci === undefined || account === undefined) return undefined;
  const arn = (resource: string) => `arn:${partitionOf(region)}:iam::${account}:${resource}`;
  return {
    ...ci,
    account,
    planRole: arn(`role/wbot-${name}-ci-plan`),
    deployRole: arn(`role/wbot-${name}-ci-deploy`),
    ciBoundary: arn(`policy/wbot-${name}-ci-boundary`),
    stackBoundary: arn(`policy/wbot-${name}-boundary`),
  };
}

/** Administrators of the cluster: `access.admins`, and the deploy role if there is one. */
export function administrators(environment: Pick<Environment, "access"> & About): string[] {
  const deployRole = ciOf(environment)?.deployRole;
  const admins = environment.access.admins;
  return deployRole === undefined || admins.includes(deployRole) ? admins : [...admins, deployRole];
}

/** The same; refuses an environment without the setting `ci`. */
export function requiredCi(environment: Environment): Ci {
  const ci = ciOf(environment);
  if (ci !== undefined) return ci;
  throw new EnvironmentError(
    `The environment "${environment.name}" has no setting ci. Put it into environments/${environment.name}.ts, beside account: ci: { repository: "<owner>@<id>/<name>@<id>", runner: "<label>" },
This prints the repository, which has no IDs if it is older than July 2026 (docs/delivery.md, "Setup"): ${REPOSITORY}`,
  );
}
