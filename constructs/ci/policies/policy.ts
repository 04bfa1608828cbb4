import type { Environment } from "../../../environments/environment";
import { requiredCi, type Ci } from "../../../environments/ci";
import { namesOf, type Names } from "../../../environments/names";
import { partitionOf } from "../../../environments/region";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM policy document, as sent to AWS. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** IAM's limit for a managed policy, in characters without white space. */
export const POLICY_CHARACTERS = 6144;

/** Names with a service's prefix: "CreateVpc" of "ec2" is "ec2:CreateVpc". */
export function actionsOf(service: string, ...names: readonly string[]): string[] {
  return names.map((name) => `${service}:${name}`);
}

export function policyOf(...statements: readonly (Statement | undefined)[]): Policy {
  return { Version: "2012-10-17", Statement: statements.filter((each) => each !== undefined) };
}

/** Allows actions on some resources; undefined, for `policyOf` to leave out, if there are none. */
export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement["Condition"],
): Statement | undefined {
  if (Resource.length === 0) return undefined;
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition ? { Condition } : {}) };
}

/** What the policies of one environment are built from. */
export interface CiTarget {
  readonly environment: Environment;
  readonly names: Names;
  readonly ci: Ci;
  readonly partition: string;
  /** ARN of something in the environment's account, by default in its region; in none: "". */
  readonly arn: (service: string, resource: string, region?: string) => string;
  /** ARN of something in IAM. */
  readonly iam: (resource: string) => string;
}

/** Refuses an environment without the setting `ci`. */
export function ciTargetOf(environment: Environment): CiTarget {
  const ci = requiredCi(environment);
  const partition = partitionOf(environment.region);
  const arn = (service: string, resource: string, region = environment.region) =>
    `arn:${partition}:${service}:${region}:${ci.account}:${resource}`;
  return {
    environment,
    names: namesOf(environment),
    ci,
    partition,
    arn,
    iam: (resource) => arn("iam", resource, ""),
  };
}
