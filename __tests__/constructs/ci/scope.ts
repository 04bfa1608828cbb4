import { ciTargetOf, type CiTarget } from "../../../constructs/ci/policies/policy";
import { loadEnvironment, type Overrides } from "../../../environments";

const ACCOUNT = "111122223333";

/** Settings that give an environment continuous integration. */
export const CI: Overrides = {
  account: ACCOUNT,
  state: { kind: "s3", bucket: "wbot-state" },
  ci: { repository: "example/wbot-on-aws", runner: "wbot-prod" },
};

/** prod with CI. */
export function scope(overrides: Overrides = {}): CiTarget {
  return ciTargetOf(loadEnvironment("prod", { overrides: { ...CI, ...overrides } }));
}

/** The same in GovCloud. */
export function govScope(overrides: Overrides = {}): CiTarget {
  return scope({
    region: "us-gov-west-1",
    zones: ["us-gov-west-1a", "us-gov-west-1b", "us-gov-west-1c"],
    access: { admins: [`arn:aws-us-gov:iam::${ACCOUNT}:role/wbot-admin`] },
    ...overrides,
  });
}

/** Whether one of a statement's patterns has an action or a resource. */
export function fits(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
    ).test(text),
  );
}
