import type { Environment } from "../../../environments/environment";
import { requiredCi, type Ci } from "../../../environments/ci";
import { namesOf, secretResource, type Names } from "../../../environments/names";
import { partitionOf } from "../../../environments/region";

type Values = string | readonly string[];

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
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
  /** ARN of something in the environment's account, by default in its region. */
  readonly arn: (service: string, resource: string, region?: string) => string;
  /** ARN of something in IAM. */
  readonly iam: (resource: string) => string;
}

export function secretArn({ arn }: CiTarget, name: string): string {
  return arn("secretsmanager", secretResource(name));
}

/** Refuses an environment without the setting `ci`. */
export function ciTargetOf(environment: Environment): CiTarget {
  const ci = requiredCi(environment);
  const partition = partitionOf(environment.region);
  return {
    environment,
    names: namesOf(environment),
    ci,
    partition,
    arn: (service, resource, region = environment.region) =>
      `arn:${partition}:${service}:${region}:${ci.account}:${resource}`,
    iam: (resource) => `arn:${partition}:iam::${ci.account}:${resource}`,
  };
}
