import { policyOf, type Policy, type CiTarget, type Statement } from "./policy";

/** GitHub's token issuer, as IAM writes it: without "https://". */
export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";
/** The branch that is planned and deployed: what is merged is planned again before it is deployed. */
const BRANCH = "main";

export function providerArn({ iam }: CiTarget): string {
  return iam(`oidc-provider/${ISSUER}`);
}

/** Workflows of pull requests and of the main branch. GitHub issues no tokens to forks' pull requests. */
export function planTrust(target: CiTarget): Policy {
  return trust(target, ["pull_request", `ref:refs/heads/${BRANCH}`]);
}

/**
 * Only jobs of the GitHub environment of the same name, on the main branch. A subject with an environment has no branch:
 * that is a separate claim, which STS supports as a condition key since January 2026.
 */
export function deployTrust(target: CiTarget): Policy {
  const branch = { [`${ISSUER}:ref`]: `refs/heads/${BRANCH}` };
  return trust(
    target,
    [`environment:${target.environment.name}`],
    // GovCloud's support is undocumented: there, the condition applies if STS has the key, and locks nobody out if not.
    target.partition === "aws" ? { StringEquals: branch } : { StringEqualsIfExists: branch },
  );
}

/** Exact subjects, never a pattern: "repo:owner/name:*" would match every branch. */
function trust(
  target: CiTarget,
  contexts: readonly string[],
  { StringEquals, ...others }: NonNullable<Statement["Condition"]> = {},
): Policy {
  return policyOf({
    Sid: "GitHub",
    Effect: "Allow",
    Principal: { Federated: providerArn(target) },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: contexts.map((context) => `repo:${target.ci.repository}:${context}`),
        ...StringEquals,
      },
      ...others,
    },
  });
}
