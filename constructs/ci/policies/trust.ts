import { policyOf, type Policy, type Scope } from "./policy";

/** GitHub's token issuer, as IAM writes it: without "https://". */
export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";
/** The branch that is planned and deployed: what is merged is planned again before it is deployed. */
export const BRANCH = "main";

export function providerArn({ iam }: Scope): string {
  return iam(`oidc-provider/${ISSUER}`);
}

/** Workflows of pull requests and of the main branch. GitHub issues no tokens to forks' pull requests. */
export function planTrust(scope: Scope): Policy {
  return trust(scope, ["pull_request", `ref:refs/heads/${BRANCH}`]);
}

/**
 * Only jobs of the GitHub environment of the same name, on the main branch. A subject with an environment has no branch:
 * that is a separate claim, which STS supports as a condition key since January 2026.
 */
export function deployTrust(scope: Scope): Policy {
  const branch = { [`${ISSUER}:ref`]: `refs/heads/${BRANCH}` };
  return trust(
    scope,
    [`environment:${scope.environment.name}`],
    // GovCloud's support is undocumented: there, the condition applies if STS has the key, and locks nobody out if not.
    scope.partition === "aws" ? { StringEquals: branch } : { StringEqualsIfExists: branch },
  );
}

interface Further {
  readonly StringEquals?: Readonly<Record<string, string>>;
  readonly StringEqualsIfExists?: Readonly<Record<string, string>>;
}

/** Exact subjects, never a pattern: "repo:owner/name:*" would match every branch. */
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
