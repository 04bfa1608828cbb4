import { policyOf, type Policy, type Scope } from "./policy";

/** GitHub's issuer of tokens, as IAM writes it. */
export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";
/** The branch whose workflows plan; what is merged is planned again before it is deployed. */
export const BRANCH = "main";

export function providerArn({ iam }: Scope): string {
  return iam(`oidc-provider/${ISSUER}`);
}

/** Workflows of pull requests and of the main branch. GitHub gives those from forks no token. */
export function planTrust(scope: Scope): Policy {
  return trust(scope, ["pull_request", `ref:refs/heads/${BRANCH}`]);
}

/**
 * Jobs of the GitHub environment of the same name, on the main branch, and nothing else. A subject with an environment
 * has no branch: that is a claim of its own, which STS takes as a condition key since January 2026.
 */
export function deployTrust(scope: Scope): Policy {
  const branch = { [`${ISSUER}:ref`]: `refs/heads/${BRANCH}` };
  return trust(
    scope,
    [`environment:${scope.environment.name}`],
    // In GovCloud, of which no word was found, it holds where STS has it, and shuts nobody out where it has not.
    scope.partition === "aws" ? { StringEquals: branch } : { StringEqualsIfExists: branch },
  );
}

interface Further {
  readonly StringEquals?: Readonly<Record<string, string>>;
  readonly StringEqualsIfExists?: Readonly<Record<string, string>>;
}

/** Whole subjects, never a pattern: "repo:owner/name:*" would be every branch. */
function trust(
  scope: Scope,
  contexts: readonly string[],
  { StringEquals, ...further }: Further = {},
): Policy {
  return policyOf({
    Sid: "GitHub",
    Effect: "Allow",
    Principal: { Federated: providerArn(scope) },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: contexts.map((context) => `repo:${scope.ci.repository}:${context}`),
        ...StringEquals,
      },
      ...further,
    },
  });
}
