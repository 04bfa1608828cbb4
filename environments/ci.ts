import { EnvironmentError, type Environment } from "./environment";
import { partitionOf } from "./schema";

/** The Kubernetes group of the role that plans. */
export const PLAN_GROUP = "wbot:plan";

/** What the bootstrap stack makes in IAM for one environment, and the other stacks refer to. */
export interface Ci {
  readonly repository: string;
  readonly runner: string;
  readonly account: string;
  /** May look: pull requests and the main branch get it. */
  readonly planRole: string;
  /** May deploy: the GitHub environment of the same name gets it. */
  readonly deployRole: string;
  /** Most that both roles may ever do. */
  readonly ciBoundary: string;
  /** Most that a role which a stack makes may ever do. */
  readonly stackBoundary: string;
}

type About = Pick<Environment, "name" | "region" | "account" | "ci">;

/** ARNs of an environment's continuous integration; undefined where it has none. */
export function ciOf({ name, region, account, ci }: About): Ci | undefined {
  // The schema wants the account beside ci.
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

/** Whom the cluster lets administer it: `access.admins`, and the deploy role where there is one. */
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
    `The environment "${environment.name}" has no setting ci. Put it into environments/${environment.name}.ts: ci: { repository: "<owner>/<name>", runner: "<label>" },`,
  );
}
